-- One row per further way in which an organisation is named in the returns, with the reason it is taken for the same.
select * from {{ ref('int_organisation_merges') }}
