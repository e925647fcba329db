-- One row per day on which a metric can be asked for.
with

days as (

    {{ dbt.date_spine('day', "cast('2010-04-01' as date)", "cast('2040-04-01' as date)") }}

)

select cast(date_day as date) as date_day
from days
