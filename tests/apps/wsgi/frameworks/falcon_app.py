# SPDX-License-Identifier: Apache-2.0
import falcon


class Hello:
    def on_get(self, request, response, name):
        response.content_type = falcon.MEDIA_TEXT
        response.text = f"Hello, {name}!"


class JsonSum:
    def on_post(self, request, response):
        response.media = {"sum": sum(request.get_media()["numbers"])}


class Form:
    def on_post(self, request, response):
        form = request.get_media()
        response.content_type = falcon.MEDIA_TEXT
        response.text = f"{form['name']} is {form['age']}"


class Stream:
    def on_get(self, request, response):
        response.content_type = falcon.MEDIA_TEXT
        response.stream = (b"item %d\n" % number for number in range(5))


application = falcon.App()
application.add_route("/hello/{name}", Hello())
application.add_route("/json", JsonSum())
application.add_route("/form", Form())
application.add_route("/stream", Stream())
