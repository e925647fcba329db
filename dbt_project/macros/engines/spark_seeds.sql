{#
    Seeds on Spark, with what they hold. dbt-spark hands texts over as they are, so a quotation mark ends the statement
    and an empty cell becomes the word "None".
#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {% set column_types = model['config'].get('column_types', {}) %}
    {% set statements = [] %}
    {% for chunk in agate_table.rows | batch(get_batch_size()) %}
        {% set rows = [] %}
        {% for row in chunk %}
            {% set values = [] %}
            {% for name in agate_table.column_names %}
                {% set type = column_types.get(name, adapter.convert_type(agate_table, loop.index0)) %}
                {% set value = row[loop.index0] %}
                {% if value is none %}
                    {% do values.append('cast(null as ' ~ type ~ ')') %}
                {% else %}
                    {% do values.append('cast(' ~ sql_text(value) ~ ' as ' ~ type ~ ')') %}
                {% endif %}
            {% endfor %}
            {% do rows.append('(' ~ values | join(', ') ~ ')') %}
        {% endfor %}
        {% set sql = 'insert into ' ~ this.render() ~ ' values ' ~ rows | join(', ') %}
        {% do adapter.add_query(sql, abridge_sql_log=True) %}
        {% do statements.append(sql) %}
    {% endfor %}
    {{ return(statements[0]) }}
{% endmacro %}
