"""The restock lists as people meet them: the form's address, and the pages of the links in our mails.

All of it is for whoever comes: no session, no cookie, and nothing in any answer says who is on a list.
"""

from __future__ import annotations

from flask import Blueprint, Response

from connector.web.backstage import Backstage
from connector.web.restock import asking, pages


def blueprint(back: Backstage) -> Blueprint:
    bp = Blueprint("restock", __name__)
    asking.add(bp, back)
    pages.add(bp, back)

    @bp.after_request
    def unlisted(answer: Response) -> Response:
        """No search engine keeps an address that somebody may hold."""
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return bp
