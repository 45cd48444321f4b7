*** Settings ***
Documentation    A run leaves its reports: for people, for machines, and compared with earlier runs (docs/summary.md).

Resource         ../../resources/evidence.resource

Test Timeout     3 minutes

Test Tags        RUN    flow


*** Test Cases ***
A Run Leaves Its Reports And Is Not Released By One Test
    ${verdict} =    A Small Run Leaves    output.xml    log.html    report.html    xunit.xml    summary.html    summary.md    metrics.json
    ...    dashboard.html
    Should Be Equal    ${verdict}    not decided
