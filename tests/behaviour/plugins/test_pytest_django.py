"""pytest-django: async views and an async ORM, on a database that no other process has."""

from __future__ import annotations

from ..conftest import Run, Suite
from .sides import TWO, check_same

DJANGO = ("-p", "django", "--ds=site_settings", "--no-migrations")

SETTINGS = """
    import pathlib

    HERE = pathlib.Path(__file__).parent
    SECRET_KEY = "not secret"
    ROOT_URLCONF = "site_urls"
    INSTALLED_APPS = ["feeds"]
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HERE / "site.sqlite3",
            "TEST": {"NAME": str(HERE / "test.sqlite3")},
        }
    }
"""
URLS = """
    from django.http import JsonResponse
    from django.urls import path
    from feeds.models import Feed

    async def view(request):
        return JsonResponse({"names": [feed.name async for feed in Feed.objects.order_by("name")]})

    urlpatterns = [path("feeds/", view)]
"""
MODELS = """
    from django.db import models

    class Feed(models.Model):
        name = models.CharField(max_length=20)
"""
TESTS = """
    import asyncio, os
    import pytest
    from django.db import connection
    from feeds.models import Feed
    from isolated_async import isolated_loop

    def write_down_database():
        with open("databases", "a") as file:
            file.write(os.path.basename(str(connection.settings_dict["NAME"])) + "\\n")

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("name", ["one", "two"])
    async def test_view(async_client, name):
        write_down_database()
        await Feed.objects.acreate(name=name)
        await asyncio.sleep(0.3)
        response = await async_client.get("/feeds/")
        assert response.json() == {"names": [name]}

    @pytest.mark.django_db
    def test_rolled_back():
        Feed.objects.create(name="gone")

    async def test_no_access():
        with pytest.raises(RuntimeError, match="Database access not allowed"):
            await Feed.objects.acount()

    async def test_settings(settings, django_assert_num_queries):
        settings.SECRET_KEY = "another"

    @isolated_loop(False)
    @pytest.mark.django_db(transaction=True)
    class TestInTheHost:
        def test_first(self):
            write_down_database()
            Feed.objects.create(name="of the host")

        def test_second(self, client):
            assert client.get("/feeds/").json() == {"names": []}
"""


def _outcomes(run: Run) -> list[tuple[str, str, str]]:
    return [(each["nodeid"], each["when"], each["outcome"]) for each in run.reports]


def test_views_and_databases(suite: Suite) -> None:
    (suite.path / "feeds").mkdir()
    (suite.path / "feeds" / "__init__.py").touch()
    suite.write(**{"feeds/models": MODELS}, site_settings=SETTINGS, site_urls=URLS, test_a=TESTS)
    _, (run,) = check_same(suite, _outcomes, *DJANGO, isolated=(TWO,))
    assert run.outcomes == {"passed": 7}, run.stdout
    names = (suite.path / "databases").read_text().split()
    # In process one; then one for each of two workers, while the host has its own all the time.
    assert names[:3] == ["test.sqlite3"] * 3
    assert sorted(names[3:]) == ["test.sqlite3", "test.sqlite3_isolated0", "test.sqlite3_isolated1"]
    assert not list(suite.path.glob("test.sqlite3*"))
