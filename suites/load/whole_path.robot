*** Settings ***
Documentation     A thousand orders a second through the whole path: tick at the venue, strategy, risk, intent on disk, wire, match, fill on disk.
...
...               Correctness first: venue, database and audit chain agree order by order, then time is looked at. Asserted is what is required;
...               what was reached stands in the log with its ratio. Ticks come from inside the venue's process, latencies count from the moment
...               at which each was due. Every test has the machine to itself (tag `exclusive`).
Resource          ../../resources/load.resource
Suite Setup       Open The Venue For Load    symbols=2
Test Setup        Start An Engine For Load    strategies=2
Test Timeout      8 minutes
Test Tags         AC7    S2    load    exclusive


*** Test Cases ***
A Thousand Orders A Second Are Sustained From Tick To Disk
    [Tags]    AC7.1    AC7.2    AC7.3    L2    L6    L8
    When Offer A Steady Load    1050    ${PATH_SECONDS}
    Then The Load Reconciles
    And Get Load Count    filled    >=    15000
    And Get Load Rate    >=    1000
    And The Load Keeps Within    end to end    p99    50ms
    And The Load Keeps Within    execution    p50    50ms
    And Get Peak Memory    engine    <=    2048
