{#
    Whether a steward's decision about a figure takes effect: what was sent is what it was decided about.
    `sent` is the figure as sent; `figure` names the columns <figure>_decided and <figure>_was of `corrections`.
#}
{% macro corrected_when(sent, figure) -%}
coalesce(
        (corrections.leaves_all_out and {{ sent }} is not null)
        or (
            corrections.{{ figure }}_decided
            and (
                ({{ sent }} is null and corrections.{{ figure }}_was is null)
                or abs({{ sent }} - corrections.{{ figure }}_was)
                <= {{ var('sum_tolerance_ratio') }} * greatest(1, abs(corrections.{{ figure }}_was))
            )
        ), false
    )
{%- endmacro %}
