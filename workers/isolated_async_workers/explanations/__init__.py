"""Why a classic loop failure happened, which lines took part in it, and the page that shows its mend."""
