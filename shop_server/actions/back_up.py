"""Each night the shop saves all its records into a folder of its own, and tells the admin when it cannot.

A shop that was closed that night does so soon after it opens in the morning.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from shop_server.context import Context, Page
from shop_server.errors import CannotStart
from shop_server.rules.shop import DEFAULT_TIMEZONE
from shop_server.rules.shop_time import business_day

BACKUP_HOUR = 2
"""In the morning, in India."""


def back_up_nightly(context: Context) -> bool:
    """Makes the backup of the last night that has come, unless there is one; whether it did.

    Raises what went wrong; the admins have been told then, once that night.
    """
    now = context.clock.now()
    night = business_day(now - timedelta(hours=BACKUP_HOUR), DEFAULT_TIMEZONE)
    if context.backups.is_made(night):
        return False
    try:
        made = context.backups.make(night, context.settings.data_dir / "backups")
    except Exception as error:
        trouble = str(error) if isinstance(error, CannotStart) else f"{type(error).__name__}; its log says more"
        if context.backups.note_failed(night, trouble):
            context.books.write(partial(_tell, context.users.admin_ids(), trouble))
        raise
    context.backups.note_made(night, now, made)
    return True


def _tell(admin_ids: list[str], trouble: str, page: Page) -> None:
    for admin_id in admin_ids:
        page.notify(f"Last night's backup was not made. {trouble}", "/dashboard.html", kind="notice", user_id=admin_id)
