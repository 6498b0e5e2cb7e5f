"""The login host: a URL, or the region that stands for it."""

import pytest

from bot.settings import Settings, WrongSettings, read_settings

MARKER = "m4rk3r"
GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "signing",
    "INFORMATICA_USERNAME": "bot",
    "INFORMATICA_PASSWORD": "pass",
}
# As the documentation lists them.
HOSTS = {
    "usw1": "dm-us", "use2": "dm-us", "usw3": "dm-us", "use4": "dm-us", "usw5": "dm-us", "use6": "dm-us",
    "usw1-1": "dm1-us", "usw3-1": "dm1-us", "usw1-2": "dm2-us", "cac1": "dm-na", "apse1": "dm-ap", "apse2": "dm1-apse",
    "apne1": "dm1-ap", "apne2": "dm-apne", "apauc1": "dm1-apau", "emw1": "dm-em", "emc1": "dm1-em", "uk1": "dm-uk",
}  # fmt: skip


def read(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    for name, value in (GOOD | given).items():
        monkeypatch.setenv(name, value)
    return read_settings()


def refusal(monkeypatch: pytest.MonkeyPatch, **given: str) -> str:
    with pytest.raises(WrongSettings) as caught:
        read(monkeypatch, **given)
    return str(caught.value)


def test_a_region_stands_for_its_login_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each documented region stands for its host, in upper or lower case and with spaces around it."""
    for region, host in HOSTS.items():
        for spelling in (region, region.upper(), f" {region.title()} "):
            settings = read(monkeypatch, INFORMATICA_REGION=spelling)
            assert settings.informatica_login_url == f"https://{host}.informaticacloud.com"


def test_an_unknown_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown region is refused with a list of the known ones, and with the setting that works for any other."""
    text = refusal(monkeypatch, INFORMATICA_REGION=MARKER)
    assert text.startswith("INFORMATICA_REGION is wrong: ")
    assert all(f"{region}," in text or f"{region};" in text for region in HOSTS)
    assert "INFORMATICA_LOGIN_URL" in text
    assert "INFORMATICA_LOGIN_URL is" not in text
    assert MARKER not in text


def test_a_wrong_region_hides_no_wrong_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """If both are wrong, both are reported."""
    text = refusal(monkeypatch, INFORMATICA_REGION=MARKER, INFORMATICA_LOGIN_URL="ftp://x")
    assert "INFORMATICA_REGION is wrong: " in text
    assert "INFORMATICA_LOGIN_URL is wrong: " in text


def test_both_a_region_and_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """If both are set, the bot doesn't guess which one is meant."""
    text = refusal(monkeypatch, INFORMATICA_REGION="usw1", INFORMATICA_LOGIN_URL="https://dm-us.informaticacloud.com")
    assert text == "INFORMATICA_LOGIN_URL is wrong: INFORMATICA_REGION is set, too; set only one of them"


@pytest.mark.parametrize("empty", [{}, {"INFORMATICA_REGION": "", "INFORMATICA_LOGIN_URL": ""}])
def test_neither_a_region_nor_a_url(empty: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """If neither is set, the message names both, together with everything else that is missing."""
    text = refusal(monkeypatch, INFORMATICA_PASSWORD="", **empty)
    assert "INFORMATICA_LOGIN_URL is missing: " in text
    assert "INFORMATICA_REGION, such as usw1" in text
    assert "INFORMATICA_PASSWORD is missing" in text
