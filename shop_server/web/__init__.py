"""The shop over HTTP: server, routes, requests and answers."""
