"""The shop itself; its deploy package is in k8s/."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Shop(BaseHTTPRequestHandler):
    """Greets."""

    def do_GET(self) -> None:
        """Say where we are."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"welcome to the {os.environ.get('SHOP_ENV', 'local')} shop\n".encode())


if __name__ == "__main__":
    HTTPServer(("", int(os.environ.get("PORT", "8080"))), Shop).serve_forever()
