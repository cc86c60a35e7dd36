"""What the portal is, how to read it, and the reader's own preferences."""

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from service.pages.page import THEMES, YEAR
from service.pages.site import Site


def routes(site: Site) -> APIRouter:
    """About, and the choice between light and dark."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/about", methods=["GET", "HEAD"])
    async def about(request: Request) -> Response:
        page = await site.page(request)
        return page.render(
            "about.html",
            title=page.gettext("About the portal"),
            description=page.gettext("What Strategraph is, how it is made, and how to help."),
            crumbs=[(page.gettext("About the portal"), "")],
            data={"@type": "AboutPage"},
        )

    @router.get("/preferences")
    async def preferences(theme: str = "", back: str = Query("/", max_length=2000)) -> Response:
        # Only a path of this site: an address of another one would make this an open redirect.
        inside = back.startswith("/") and not back.startswith(("//", "/\\"))
        response = RedirectResponse(back if inside else "/", 303)
        if theme in THEMES:
            response.set_cookie("theme", theme, max_age=YEAR, samesite="lax")
        else:
            response.delete_cookie("theme")
        return response

    return router
