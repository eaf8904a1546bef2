"""What the metrics of published tables mean, as `data/README.md` lists it: made of what the studies say of them.

python -m lowdiff_lib.publishing.readme     brings the list up to date
"""

from lowdiff_lib.base import paths
from lowdiff_lib.base.storage import write_if_changed
from lowdiff_lib.experiments import catalog

BEGIN = "<!-- The list of metrics begins. `python -m lowdiff_lib.publishing.readme` makes it; do not edit it here. -->"
END = "<!-- The list of metrics ends. -->"


def metric_list() -> str:
    """Every study with its question and its metrics, their units and meanings, in Markdown."""
    parts = []
    for study in map(catalog.study, catalog.STUDIES):
        lines = [f"### {study.name}", "", study.question, "", "| metric | unit | what it is |", "|---|---|---|"]
        for name, metric in study.metrics.items():
            meaning = metric.meaning.replace("|", r"\|")  # which else begins a column
            lines.append(f"| `{name}` | {metric.unit} | {meaning} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def with_list(text: str) -> str:
    """A text with the list, as it is today, between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{metric_list()}\n\n{END}{after}"


if __name__ == "__main__":
    path = paths.root() / "data" / "README.md"
    write_if_changed(path, with_list(path.read_text(encoding="utf-8")).encode())
