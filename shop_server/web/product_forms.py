"""The forms of the catalogue: what the shop may be asked about its goods, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, RootModel, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from shop_server.web.fields import (
    Id,
    Name,
    OptionalDate,
    OptionalNote,
    PositiveRupees,
    Quantity,
    QueryRupees,
    Rupees,
    SearchText,
    StockLevel,
    blank_is_absent,
    instant,
    rupees,
    text_field,
)
from shop_server.web.fields import Note as Reason
from shop_server.web.pages import PageQuery
from shop_server.web.reading import Answer, Body, Query

MOST_ROWS = 500
MOST_TAX_PERCENT = 100

SoldBy = Literal["piece", "weight"]
Sort = Literal["newest", "name", "price", "-price"]


def _read_percent(value: Any) -> int:
    refusal = PydanticCustomError("shop", "enter the tax in percent, like 5 or 18")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise refusal
    percent = Decimal(value)
    if not (percent.is_finite() and 0 <= percent <= MOST_TAX_PERCENT):
        raise refusal
    basis_points = percent.scaleb(2)
    if basis_points != basis_points.to_integral_value():
        raise refusal
    return int(basis_points)


def _read_hsn(value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) in (2, 4, 6, 8)):
        raise PydanticCustomError("shop", "enter the 2, 4, 6 or 8 digits of the HSN code")
    return value


Percent = Annotated[
    int,
    BeforeValidator(_read_percent),
    WithJsonSchema({"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": MOST_TAX_PERCENT}),
]
ShortText = Annotated[str, AfterValidator(text_field(50)), Field(json_schema_extra={"minLength": 1, "maxLength": 50})]
OptionalShortText = Annotated[ShortText | None, blank_is_absent]
OptionalAmount = Annotated[PositiveRupees | None, blank_is_absent]
OptionalCost = Annotated[Rupees | None, blank_is_absent]
OptionalPercent = Annotated[Percent | None, blank_is_absent]
OptionalHsn = Annotated[Annotated[str, AfterValidator(_read_hsn)] | None, blank_is_absent]
OptionalLevel = Annotated[StockLevel | None, blank_is_absent]


class _ProductFields(Body):
    """What may be said of any product. Prices are for a piece, or for a kilogram when it is sold by weight."""

    mrp: OptionalAmount = None
    cost: OptionalCost = None
    unit: OptionalShortText = None
    sold_by: Annotated[SoldBy, Field(json_schema_extra={"enum": ["piece", "weight", ""]})] = "piece"
    description: OptionalNote = None
    barcode: OptionalShortText = None
    hsn: OptionalHsn = None
    gst_rate: OptionalPercent = None
    low_stock_at: OptionalLevel = None
    batch_no: OptionalShortText = None
    manufactured_on: OptionalDate = None
    expires_on: OptionalDate = None
    restock_on: OptionalDate = None

    @model_validator(mode="before")
    @classmethod
    def _leave_out_what_is_blank(cls, form: Any) -> Any:
        """A form's empty choice of how it is sold says nothing, so it must not turn kilograms into pieces."""
        if isinstance(form, dict) and form.get("soldBy") == "":
            return {name: value for name, value in form.items() if name != "soldBy"}
        return form


class NewProductBody(_ProductFields):
    name: Name
    category: Name
    price: PositiveRupees
    stock: StockLevel


class ChangeProductBody(_ProductFields):
    """What is left out stays as it is. `stock` sets what is free to sell; `expiresOn` that of the one batch."""

    name: Name = ""
    category: Name = ""
    price: PositiveRupees = 0
    stock: StockLevel = 0


class ChangeRowBody(ChangeProductBody):
    id: Id


class ChangeManyBody(RootModel[Annotated[list[ChangeRowBody], Field(min_length=1, max_length=MOST_ROWS)]]):
    """Up to 500 products, each with what is to be changed of it."""


class PictureBody(Body):
    """A picture as a data URL; or send the file itself as the body, with its image content type."""

    image: str


class BatchBody(Body):
    """A lot that came in. Sold by weight, the quantity is in grams."""

    quantity: Quantity
    expires_on: OptionalDate = None
    manufactured_on: OptionalDate = None
    batch_no: OptionalShortText = None
    cost: OptionalCost = None
    mrp: OptionalAmount = None


class ChangeBatchBody(Body):
    """What is left out stays as it is. What is left of a batch is found by counting."""

    expires_on: OptionalDate = None
    manufactured_on: OptionalDate = None
    batch_no: OptionalShortText = None
    cost: OptionalCost = None
    mrp: OptionalAmount = None


class CountBody(Body):
    """What lies on the shelf, with what is kept there for orders."""

    quantity: StockLevel
    reason: Reason


class WastageBody(Body):
    """What is written off: of one batch, or else first expired first."""

    quantity: Quantity
    reason: Reason
    batch_id: Annotated[Id | None, blank_is_absent] = None


class CategoryBody(Body):
    name: Name


class ProductsQuery(Query):
    """`inStock`: true only what can be sold today, false only what cannot. `category` is a name or an id."""

    shop_id: SearchText = None
    q: SearchText = None
    category: SearchText = None
    min_price: QueryRupees = None
    max_price: QueryRupees = None
    in_stock: Annotated[Literal["true", "false"] | None, blank_is_absent] = None
    expires_before: OptionalDate = None
    sort: Annotated[Sort | None, blank_is_absent] = None
    limit: int | None = Field(default=None, ge=1, le=200)
    cursor: str | None = None


class ShopQuery(PageQuery):
    shop_id: SearchText = None


class BatchRow(Answer):
    id: str
    quantity: int
    received_at: datetime
    expires_on: date | None = None
    manufactured_on: date | None = None
    batch_no: str | None = None
    cost: float | None = None
    mrp: float | None = None


class ProductRow(Answer):
    """A product. Only its own shop sees the fields from `cost` on."""

    id: str
    name: str
    category: str
    price: float
    mrp: float | None
    stock: int
    unit: str
    sold_by: SoldBy
    description: str
    image_url: str | None
    shop_id: str
    shop_name: str
    shopkeeper_id: str
    expires_on: date | None = None
    restock_on: date | None = None
    low_stock: bool
    version: int
    created_at: datetime
    cost: float | None = None
    held: int | None = None
    low_stock_at: int | None = None
    barcode: str | None = None
    hsn: str | None = None
    gst_rate: float | None = None
    batches: list[BatchRow] | None = None


class ChangedAnswer(Answer):
    message: str
    modified: bool


class RowFieldError(Answer):
    pointer: str
    detail: str


class ChangedRow(Answer):
    """What became of one row: `status` as if it had come alone, `error` what refused it."""

    id: str
    status: int
    error: str | None = None
    errors: list[RowFieldError] | None = None


class DeletedAnswer(Answer):
    message: str
    deleted_product: str


class ToldWhenBackAnswer(Answer):
    message: str


class PictureAnswer(Answer):
    message: str
    image_url: str


class MovementRow(Answer):
    """`quantity` is how much was moved; a count's is the difference, below zero when goods were missing."""

    kind: Literal["received", "held", "released", "sold", "returned", "wasted", "counted"]
    quantity: int
    stock_after: int
    at: datetime
    by: str
    order_id: str | None = None
    reason: str | None = None


class CategoryRow(Answer):
    """`products` is how many are on sale in it."""

    id: str
    name: str
    products: int
    shop_id: str


class DeletedCategoryAnswer(Answer):
    message: str
    deleted_category: str
    products: int


def product_row(card: Mapping[str, Any], *, own: bool) -> dict[str, Any]:
    """A product's card as its JSON row; only its own shop sees what is nobody else's business."""
    row = {
        "id": card["id"],
        "name": card["name"],
        "category": card["category"],
        "price": rupees(card["price_paise"]),
        "mrp": _rupees(card["mrp_paise"]),
        "stock": card["stock"],
        "unit": card["unit"],
        "soldBy": card["sold_by"],
        "description": card["description"],
        "imageUrl": picture_url(card["picture_id"]) if card["picture_id"] else None,
        "shopId": card["shop_id"],
        "shopName": card["shop_name"],
        "shopkeeperId": card["shopkeeper_id"],
        "lowStock": card["low_stock"],
        "version": card["version"],
        "createdAt": instant(card["created_at"]),
    }
    if card["expires_on"] is not None:
        row["expiresOn"] = card["expires_on"]
    if card["restock_on"] is not None:
        row["restockOn"] = card["restock_on"]
    if own:
        row |= _own_fields(card)
    return row


def picture_url(picture_id: str) -> str:
    """Where a picture is served; in place of "large" also "small"."""
    return f"/api/pictures/{picture_id}/large"


def _own_fields(card: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cost": _rupees(card["cost_paise"]),
        "held": card["held"],
        "lowStockAt": card["low_stock_at"],
        "barcode": card["barcode"],
        "hsn": card["hsn"],
        "gstRate": _rupees(card["tax_basis_points"]),
        "batches": [
            {
                "id": batch["id"],
                "quantity": batch["quantity"],
                "receivedAt": instant(batch["received_at"]),
                "expiresOn": batch["expires_on"],
                "manufacturedOn": batch["manufactured_on"],
                "batchNo": batch["batch_no"],
                "cost": _rupees(batch["cost_paise"]),
                "mrp": _rupees(batch["mrp_paise"]),
            }
            for batch in card["batches"]
        ],
    }


def _rupees(paise: int | None) -> int | float | None:
    """Hundredths (paise, or basis points as percent) as a number with two decimals."""
    return None if paise is None else rupees(paise)
