"""The venue's refusals: documented code, exact text, HTTP-like status (binance-spot 1.5-1.7)."""

from __future__ import annotations

from collections.abc import Mapping

INSUFFICIENT_BALANCE = "Account has insufficient balance for requested action."
DUPLICATE_ORDER = "Duplicate order sent."
MARKET_CLOSED = "Market is closed."
WOULD_MATCH = "Order would immediately match and take."
UNKNOWN_ORDER = "Unknown order sent."
NO_LIQUIDITY = "Order book liquidity is less than symbol minimum quantity."
LOT_SIZE_LIQUIDITY = "Order book liquidity is less than `LOT_SIZE` filter minimum quantity."
MARKET_LOT_LIQUIDITY = "Order book liquidity is less than `MARKET_LOT_SIZE` filter minimum quantity."
WOULD_TRIGGER = "Order would trigger immediately."
ICEBERG_EXCEEDS = "IcebergQty exceeds QTY."
UNSUPPORTED_COMBINATION = "Unsupported order combination"
PRICE_RELATION = "The relationship of the prices for the orders is not correct."
AMEND_INCREASE = "Order amend (quantity increase) is not supported."
AMEND_PENDING_OPO = "Order amend (pending OPO order) is not supported."
PEGGED_NOT_SUPPORTED = "Pegged orders are not supported for this symbol."
NO_CHANGE = "The requested action would change no state; rejecting"
CANCEL_RESTRICTED = "Order was not canceled due to cancel restrictions."
CANCEL_MISMATCH = "Cancel order is invalid. Check origClOrdId and orderId."
STP_NOT_ALLOWED = "This symbol does not allow the specified self-trade prevention mode."
ZERO_NOTIONAL = "Price * QTY is zero or less."
AMOUNT_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
CLIENT_ID_RANGE = "^[a-zA-Z0-9-_]{1,36}$"
INTEGER_RANGE = "^[0-9]{1,20}$"


class VenueError(Exception):
    """A request that the venue refuses: `{"code": code, "msg": msg}` with `status`, and `data` where there is any (cancel-replace)."""

    def __init__(self, code: int, msg: str, status: int = 400, data: Mapping[str, object] | None = None) -> None:
        super().__init__(code, msg, status)
        self.code = code
        self.msg = msg
        self.status = status
        self.data = data

    def shown(self) -> dict[str, object]:
        """The body of the answer."""
        answer: dict[str, object] = {"code": self.code, "msg": self.msg}
        return answer if self.data is None else answer | {"data": self.data}

    def __str__(self) -> str:
        return f"{self.code} {self.msg}"


def rejected(message: str) -> VenueError:
    """NEW_ORDER_REJECTED with the matching engine's message."""
    return VenueError(-2010, message)


def cancel_rejected(message: str) -> VenueError:
    """CANCEL_REJECTED with the matching engine's message."""
    return VenueError(-2011, message)


def amend_rejected(message: str) -> VenueError:
    """ORDER_AMEND_REJECTED with the matching engine's message."""
    return VenueError(-2038, message)


def filter_failure(name: str) -> VenueError:
    return VenueError(-1013, f"Filter failure: {name}")


def mandatory(name: str) -> VenueError:
    return VenueError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def either_mandatory(first: str, second: str) -> VenueError:
    return VenueError(-1102, f"Param '{first}' or '{second}' must be sent, but both were empty/null!")


def illegal_characters(name: str, legal_range: str) -> VenueError:
    return VenueError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal_range}'.")


def too_precise(name: str) -> VenueError:
    return VenueError(-1111, f"Parameter '{name}' has too much precision.")


def overflowed(name: str) -> VenueError:
    return VenueError(-1108, f"Parameter '{name}' overflowed.")


def empty(name: str) -> VenueError:
    return VenueError(-1105, f"Parameter '{name}' was empty.")


def not_required(name: str) -> VenueError:
    return VenueError(-1106, f"Parameter '{name}' sent when not required.")


def time_in_force_not_required() -> VenueError:
    return VenueError(-1114, "TimeInForce parameter sent when not required.")


def not_valid(name: str) -> VenueError:
    return VenueError(-1130, f"Data sent for parameter '{name}' is not valid.")


def duplicate_parameter() -> VenueError:
    return VenueError(-1101, "Duplicate values for a parameter detected.")


def too_many_parameters(expected: int, received: int) -> VenueError:
    return VenueError(-1101, f"Too many parameters; expected '{expected}' and received '{received}'.")


def unread_parameters(read: int, sent: int) -> VenueError:
    return VenueError(-1104, f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.")


def bad_combination() -> VenueError:
    return VenueError(-1128, "Combination of optional parameters invalid.")


def invalid_symbol() -> VenueError:
    return VenueError(-1121, "Invalid symbol.")


def no_such_list() -> VenueError:
    """Of a question. The list of errors lacks it; the venue answers it (binance-spot-api-docs, pull request 43). A cancel is -2011."""
    return VenueError(-2018, "Order list does not exist.")


def no_such_order() -> VenueError:
    return VenueError(-2013, "Order does not exist.")


def not_supported(kind: str) -> VenueError:
    """`kind` as the venue words it, such as Market, Iceberg, Stop loss limit, Trailing stop."""
    return rejected(f"{kind} orders are not supported for this symbol.")
