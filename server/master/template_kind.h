// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "config/settings.h"

namespace monoceros::master {

// Whether workers of both settings' classes can be forked from one template: it has imported one
// application, of one protocol, into an interpreter that one library, or none, has patched. Pure.
bool ShareTemplate(const config::Settings& one, const config::Settings& other);

// Whether there is an application for the class of `wanted`, which are the settings `configured`
// with live values over them. `asgi_app` is ASGI. wsgi_app, the application on the command line
// too, is ASGI when the configured class runs it so, which is without an asgi_app, and WSGI
// otherwise. The error says which setting is missing. Pure.
base::Result<void> HasApplication(const config::Settings& configured,
                                  const config::Settings& wanted);

}  // namespace monoceros::master
