"""Pictures of products over HTTP. A picture never changes under its address, so browsers may keep it for ever."""

from __future__ import annotations

from shop_server.actions.read_catalogue import find_picture
from shop_server.context import Context
from shop_server.web.request import Request
from shop_server.web.response import Response

_HEADERS = {"Content-Type": "image/webp", "Cache-Control": "public, max-age=31536000, immutable"}


def show(request: Request, context: Context) -> Response:
    return Response(200, find_picture(context, request.params["id"], request.params["size"]), _HEADERS)
