"""What of Vensim and XMILE is simulated: the page `docs/support.md`, made from the tables that the readers use.

python -m tzsim.translate.support > docs/support.md
"""

from __future__ import annotations

from collections.abc import Iterable

from tzsim.ir.functions import FUNCTIONS
from tzsim.translate.vensim import functions as vensim
from tzsim.translate.xmile import functions as xmile
from tzsim.translate.xmile.reader import REFUSED_TAGS

VENSIM_HELP = "https://www.vensim.com/documentation/fn_{}.html"
XMILE_SPEC = "http://docs.oasis-open.org/xmile/xmile/v1.0/xmile-v1.0.html"
OWN_DRAWS = "by our own counter-based generator: the distribution is the same, the sequence of the tool is not published"

# canonical function -> how it differs from the tool, or what of it is left out
APPROXIMATED: dict[str, str] = {
    **{name: OWN_DRAWS for name, f in FUNCTIONS.items() if f.nature == "random"},
    "ALLOCATE AVAILABLE": "profiles 0 to 4, the priority found by halving to double precision; 5 (constant elasticity) and 10 and above (whole numbers) are refused",
    "ALLOCATE BY PRIORITY": "as rectangular profiles of ALLOCATE AVAILABLE",
    "FIND MARKET PRICE": "profiles 0 to 4, the price found by halving",
    "DEMAND AT PRICE": "profiles 0 to 4",
    "SUPPLY AT PRICE": "profiles 0 to 4",
    "DELAY N": "a delay time that changes counts at once, as in DELAY3",
    "DELAY MATERIAL": "compiled: the value where nothing arrives must not change during the run",
    "DEPRECIATE STRAIGHTLINE": "with a fiscal period of one TIME STEP; others are refused",
    "GET TIME VALUE": "model time only (measure 0); calendar measures and the computer's clock are refused",
    "INVERT MATRIX": "compiled up to 12 rows; the interpreter inverts larger ones",
    "VECTOR ELM MAP": "of a variable; of an expression it is refused",
    "GET DATA BETWEEN TIMES": "compiled: holding modes need data at whole times",
    "NORMAL QUANTILE": "algorithm AS 241, about 1e-16",
}
# functions of Stella written out by the reader where they stand
WRITTEN_OUT: dict[str, str] = {
    "ALLOCATE": "with priority, width and type of each agent given, as ALLOCATE AVAILABLE",
    "DERIVN": "backward differences up to order 6, 0 in the first steps",
    "ENDVAL": "every run is the first of its session, so the initial value holds",
    "FV": "",
    "HISTORY": "of TIME - lag with a fixed lag",
    "INTERPOLATE": "",
    "LOOKUPAREA": "",
    "NORMALCDF": "rational approximation of Hart (1968), 1e-14",
    "PMT": "",
    "PV": "",
    "RANK": "over one dimension",
    "SELF": "",
}
XMILE_PLAIN = (
    "ABS", "ARCCOS", "ARCSIN", "ARCTAN", "COS", "EXP", "LN", "MAX", "MIN", "ROUND", "SIN", "SQRT", "TAN",
)  # fmt: skip
# construct, dialects, what is done with it
CONSTRUCTS: tuple[tuple[str, str, str], ...] = (
    ("Euler, RK2 (Heun), RK4 with a fixed step", "both", "supported; the adaptive methods of Vensim run with their fixed step"),
    ("Vensim's own export to XMILE, which names RK4 whatever the model is set to", "XMILE", "approximated: Euler, which the printed runs of such models show"),
    ("TIME STEP, FINAL TIME or SAVEPER that change during the run", "both", "supported with Euler's method, without delays and smooths; refused by name otherwise"),
    ("SAVEPER that is no multiple of TIME STEP", "both", "supported: saved at the first step at or after each due time, as Vensim saves at steps only"),
    ("division by zero and powers without a real value, where Vensim stops the run", "both", "supported as inf and nan of IEEE 754: the member fails, with variable and time, and the others go on"),
    ("subscripts, subranges, mappings, :EXCEPT:, equivalences", "Vensim", "supported"),
    ("subranges that list an element twice to map two elements to it", "Vensim", "supported in mappings; sums, vectors and lists of values over them are refused by name"),
    ("arrays with wildcards `*`, parts `*:part` and `2:5`, computed positions, non-apply-to-all elements", "XMILE", "supported"),
    ("lookups: inline, WITH LOOKUP, extrapolated, discrete, with jumps", "both", "supported"),
    ("data variables from .tab, .dat, .csv, Excel, tagged files `?name`", "Vensim", "supported; a variable whose data are missing is refused by name"),
    ("GET XLS and GET DIRECT DATA, CONSTANTS, LOOKUPS, SUBSCRIPT", "Vensim", "supported, from files in the folder of the model"),
    ("macros, with further outputs", "Vensim", "supported; subscripts inside a macro are refused"),
    ("`<macro>` with parameters, defaults and variables", "XMILE", "supported; arrays and discrete stocks inside are refused"),
    ("modules and their connections, modules in modules", "XMILE", "supported"),
    ("non-negative stocks and flows", "XMILE", "supported: outflows are served in their order"),
    ("flows of an array into a stock without it", "XMILE", "supported: the sum, as Stella takes it"),
    ("conveyors: transit times that change, leakage (linear, exponential, zones), capacity, inflow limit, spread inflows, slats", "XMILE", "supported with Euler's method; discrete conveyors, arrest, whole-unit leakage are refused by name"),
    ("queues, overflows, ovens", "XMILE", "refused by name"),
    ("ACTIVE INITIAL, INITIAL, `<init_eqn>`", "both", "supported"),
    ("SAMPLE IF TRUE that names its own variable", "Vensim", "supported: the value held before the step"),
    ("`A FUNCTION OF`, equations that are only sketched", "Vensim", "refused by name"),
    ("`:NA:`", "Vensim", "supported as the number -2^109"),
    ("reality checks, optimisation and sensitivity settings", "Vensim", "left out of the model"),
    ("units", "both", "read and checked (`tzsim show`); never converted"),
)  # fmt: skip


def page() -> str:
    """The whole page in Markdown."""
    parts = [
        "# What is supported\n",
        "Made by `python -m tzsim.translate.support` from the tables that the readers use; a test keeps it current. Every "
        "function runs in the interpreter, in NumPy and in LLVM alike unless its row says otherwise; what is not simulated "
        "is refused before a run, with file, line, variable and construct.\n",
        "## Constructs\n",
        "| construct | dialect | |\n|---|---|---|",
        *(f"| {what} | {dialect} | {how} |" for what, dialect, how in CONSTRUCTS),
        "\n## Vensim functions\n",
        f"The names link to Vensim's manual. {len(list(_vensim_supported()))} are supported, "
        f"{len(vensim.UNSUPPORTED)} refused by name; any other name is refused as unknown.\n",
        "| function | | |\n|---|---|---|",
        *(_row(n, _link(n), how) for n, how in sorted((*_vensim_supported(), *_refused(vensim.UNSUPPORTED)))),
        "\n## XMILE and Stella functions\n",
        f"Definitions: [XMILE 1.0]({XMILE_SPEC}) and the isee systems help. {len(list(_xmile_supported()))} are supported, "
        f"{len(_xmile_unsupported())} refused by name.\n",
        "| function | | |\n|---|---|---|",
        *(
            _row(n, f"`{n}`", how)
            for n, how in sorted((*_xmile_supported(), *_refused(_xmile_unsupported())))
        ),
        "",
    ]
    return "\n".join(parts)


def _row(name: str, shown: str, how: str) -> str:
    status, _, rest = how.partition(": ")
    text = rest.replace("|", "\\|")
    return f"| {shown} | {status} | {text} |"


def _link(name: str) -> str:
    return f"[`{name}`]({VENSIM_HELP.format(name.lower().replace(' ', '_'))})"


def _how(canonical: str, name: str) -> str:
    note = APPROXIMATED.get(canonical) or APPROXIMATED.get(name)
    if note:
        return f"approximated: {note}"
    known = FUNCTIONS.get(canonical)
    return f"supported: {known.meaning if known else ''}"


def _vensim_supported() -> Iterable[tuple[str, str]]:
    only_xmile = {"CEILING", "FLOOR", "FLOORMOD", "MEAN", "NORMAL QUANTILE", "PREVIOUS", "PULSE MAGNITUDE"}
    only_xmile |= {"RANDOM LOGNORMAL", "ROUND", "SIGN", "SIZE", "STDDEV", "PI", "DATA", "INTEG", "+", "*"}
    names = {n for n in FUNCTIONS if n not in only_xmile} | set(vensim.REWRITES) | set(vensim.EXTERNAL)
    for name in sorted(
        names | {"INTEG", "WITH LOOKUP", "TABBED ARRAY", "LOOKUP AREA"} - set(vensim.UNSUPPORTED)
    ):
        if name not in vensim.UNSUPPORTED:
            yield name, _how(name, name)


def _xmile_supported() -> Iterable[tuple[str, str]]:
    for name in sorted({*xmile.REWRITES, *xmile.REDUCE, *xmile.LOOKUPS, *XMILE_PLAIN, *WRITTEN_OUT}):
        if name in WRITTEN_OUT:
            note = WRITTEN_OUT[name]
            yield name, f"approximated: {note}" if note else "supported: "
        elif name in _DRAWN:
            yield name, f"approximated: {OWN_DRAWS}"
        else:
            yield name, _how(xmile.REDUCE.get(name) or xmile.LOOKUPS.get(name) or name, name)
    for name in sorted(xmile.CONSTANTS):
        yield name.upper(), "supported: a value"


_DRAWN = frozenset(
    ("BINOMIAL", "EXPRND", "GEOMETRIC", "LOGISTIC", "LOGNORMAL", "MONTECARLO", "NEGBINOMIAL", "NORMAL", "PARETO",
     "POISSON", "RANDOM", "TRIANGULAR", "UNIFORM", "WEIBULL")
)  # fmt: skip


def _xmile_unsupported() -> dict[str, str]:
    return {n: why for n, why in xmile.UNSUPPORTED.items() if n not in WRITTEN_OUT} | {
        f"<{tag}>": f"{what} are not simulated" for tag, what in REFUSED_TAGS.items()
    }


def _refused(table: dict[str, str]) -> Iterable[tuple[str, str]]:
    return ((name, f"refused: {why}") for name, why in table.items())


if __name__ == "__main__":
    print(page(), end="")
