# SPDX-License-Identifier: Apache-2.0
# The shop as an application image: monoceros, what pip installs, and the code.
ARG MONOCEROS
FROM ${MONOCEROS}
USER root
COPY wheels /tmp/wheels
COPY app/requirements.txt /tmp/
RUN pip install --quiet --no-cache-dir --no-index --find-links /tmp/wheels -r /tmp/requirements.txt \
    && rm -rf /tmp/wheels /tmp/requirements.txt
COPY app /app
ARG RELEASE
RUN if [ "$RELEASE" = broken ]; then echo 'import no_such_module' >> shop/wsgi.py; fi
ENV SHOP_RELEASE=${RELEASE} \
    SHOP_ALLOWED_HOSTS=*
USER 10001:10001
