-- One row per reporting year that is open, or of which a return counts.
select
    reporting_year,
    opens_on,
    due_on,
    is_over,
    returns_due,
    returns_received,
    is_complete,
    is_default
from {{ ref('int_programme_years') }}
