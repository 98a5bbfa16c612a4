"""Whether a letter would arrive: the address rules of the countries the shop knows well.

A real Saleor asks a library for every country's rules; here the countries of the seeded zones are
checked as strictly, all others only for what is always needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from saleor_bespoke.shop.embedded.refusals import Fault, HostRefusal

Address = dict[str, str]

#: Address fields as the API names them, except the country.
FIELDS = (
    "firstName",
    "lastName",
    "companyName",
    "streetAddress1",
    "streetAddress2",
    "city",
    "postalCode",
    "countryArea",
    "phone",
)
POSTAL_CODES = {
    "US": r"\d{5}(-\d{4})?",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
    "GB": r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    "DE": r"\d{5}",
    "FR": r"\d{2} ?\d{3}",
    "AT": r"\d{4}",
    "NL": r"\d{4} ?[A-Z]{2}",
    "ES": r"\d{5}",
    "IT": r"\d{5}",
}
_US = (
    "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,"
    "DE Delaware,DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,"
    "IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,"
    "MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,"
    "NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,NC North Carolina,ND North Dakota,"
    "OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,PR Puerto Rico,RI Rhode Island,"
    "SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,VA Virginia,"
    "WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming"
)
_CA = (
    "AB Alberta,BC British Columbia,MB Manitoba,NB New Brunswick,NL Newfoundland and Labrador,"
    "NT Northwest Territories,NS Nova Scotia,NU Nunavut,ON Ontario,PE Prince Edward Island,"
    "QC Quebec,SK Saskatchewan,YT Yukon"
)
#: Codes by upper-case code or name, for countries whose addresses need their state.
AREAS = {
    country: {word.upper(): code for code, name in areas for word in (code, name)}
    for country, areas in {
        "US": [entry.split(" ", 1) for entry in _US.split(",")],
        "CA": [entry.split(" ", 1) for entry in _CA.split(",")],
    }.items()
}
PHONE = re.compile(r"\+?\d{7,15}")


def address_checked(given: Mapping[str, str | None]) -> Address:
    """The address in the form the shop keeps it; raises `HostRefusal` naming every bad field."""
    address = {name: (given.get(name) or "").strip() for name in FIELDS}
    address["country"] = given.get("country") or ""
    country = address["country"]
    if not country:
        raise HostRefusal(Fault("REQUIRED", "This field is required.", "country"))
    address["city"] = address["city"].upper()
    address["postalCode"] = address["postalCode"].upper()
    faults = [*_missing(address), *_invalid(address)]
    if faults:
        raise HostRefusal(*faults)
    areas = AREAS.get(country)
    address["countryArea"] = areas[address["countryArea"].upper()] if areas else ""
    return address


def _missing(address: Address) -> list[Fault]:
    needed = ["streetAddress1", "city"]
    if address["country"] in POSTAL_CODES:
        needed.append("postalCode")
    if address["country"] in AREAS:
        needed.append("countryArea")
    return [
        Fault("REQUIRED", "This field is required.", name) for name in needed if not address[name]
    ]


def _invalid(address: Address) -> list[Fault]:
    faults = []
    pattern = POSTAL_CODES.get(address["country"])
    if pattern and address["postalCode"] and not re.fullmatch(pattern, address["postalCode"]):
        faults.append(Fault("INVALID", "This value is not valid for the address.", "postalCode"))
    areas = AREAS.get(address["country"])
    if areas and address["countryArea"] and address["countryArea"].upper() not in areas:
        faults.append(Fault("INVALID", "This value is not valid for the address.", "countryArea"))
    phone = address["phone"]
    if phone and not PHONE.fullmatch(re.sub(r"[\s()./-]", "", phone)):
        faults.append(Fault("INVALID", f"'{phone}' is not a valid phone number.", "phone"))
    return faults
