-- One row per figure and method of imputation: how far the method is off where the truth is known.
with

tried as (

    select
        field,
        method,
        imputed_figure,
        true_figure,
        -- an estimate that is off by just a tenth counts as such, whatever the last digit says
        {{ rounded('abs(imputed_figure / true_figure - 1)', 9) }} as error_ratio
    from {{ ref('int_imputation_candidates') }}
    where true_figure > 0

)

select
    field,
    method,
    cast(count(*) as integer) as figures,
    {{ rounded('median(error_ratio)', 6) }} as median_error_ratio,
    {{ rounded('cast(count(*) filter (where error_ratio <= 0.1) as double) / count(*)', 6) }} as share_within_a_tenth,
    {{ rounded(
        'cast(count(*) filter (where error_ratio <= 0.25) as double) / count(*)', 6
    ) }} as share_within_a_quarter,
    {{ rounded('sum(imputed_figure) / sum(true_figure) - 1', 6) }} as total_error_ratio
from tried
group by field, method
