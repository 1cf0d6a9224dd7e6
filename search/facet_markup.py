"""What stands beside the filters, as HTML: articles over time, how many there are, which generation it is."""

from __future__ import annotations

from datetime import date

from index.generations import Manifest
from search.facets import Bucket, Histogram
from search.markup import escaped, spelled_day


def counted_html(told: str) -> str:
    """Return what is counted beside the filters, and how much of it passes them."""
    return f'<p class="bf bf-counted">{escaped(told)}</p>'


def histogram_html(found: Histogram, since: date | None, until: date | None, what: str = "Articles") -> str:
    """Return bars of articles over time, those outside the days that are asked for paler; nothing without a day."""
    if not found.buckets:
        return ""
    most = max(bucket.articles for bucket in found.buckets)
    bars = "".join(
        f'<i class="{"bf-in" if _asked_for(bucket, since, until) else "bf-out"}"'
        f' style="height:{bucket.articles / most:.1%}" title="{escaped(_told(bucket, found))}"></i>'
        for bucket in found.buckets
    )
    told = "; ".join(_told(bucket, found) for bucket in found.buckets if bucket.articles)
    undated = f"; {found.undated:,} of unknown date" if found.undated else ""
    first, last = _name(found.buckets[0], found), _name(found.buckets[-1], found)
    ends = f"<small>{first}</small>" + (f"<small>{last}</small>" if last != first else "")
    return (
        f'<figure class="bf bf-time"><div role="img" aria-label="{what} by {found.step}: {escaped(told + undated)}">'
        f"{bars}</div><figcaption>{ends}</figcaption></figure>"
    )


def _asked_for(bucket: Bucket, since: date | None, until: date | None) -> bool:
    return (since is None or bucket.last >= since) and (until is None or bucket.first <= until)


def _told(bucket: Bucket, found: Histogram) -> str:
    return f"{_name(bucket, found)}: {bucket.articles:,}"


def _name(bucket: Bucket, found: Histogram) -> str:
    if found.step == "day":
        return spelled_day(bucket.first.isoformat())
    if found.step == "month":
        return f"{bucket.first:%B} {bucket.first.year}"
    years = (bucket.first.year, bucket.last.year)
    return str(years[0]) if years[0] == years[1] else f"{years[0]} to {years[1]}"


def generation_html(manifest: Manifest, newest: int) -> str:
    """Return that an older generation is looked at."""
    day = escaped(spelled_day(manifest.created[:10]))
    which = "the newest" if newest > manifest.generation else "the one in use"
    return (
        '<p class="bf bf-generation" role="status">'
        f"You are looking at generation {manifest.generation} of {day}; {which} is {newest}.</p>"
    )


def lost_generation_html(asked_for: int, newest: int) -> str:
    """Return that the generation of a link is gone."""
    return (
        '<p class="bf bf-generation" role="status">'
        f"This link is to generation {asked_for}, which is not kept any more. What you see is generation {newest}, the"
        " newest: the answer may differ.</p>"
    )
