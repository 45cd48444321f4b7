*** Settings ***
Documentation    Whatever happens to the messages of a book: the engine's book is right, level by level, or it is lost, and says so.
...              docs/market-data.md says which messages are not believed, and why. One engine meets all of it, one after the other;
...              where a test fails, it begins with fresh connections.

Resource         ../../resources/market_data.resource

Suite Setup      A Market Is Watched By One Engine
Test Setup       The Shared Engine Watches On
Test Teardown    Run Keyword If Test Failed    Disconnect The Engine    MARKET
Test Timeout     60 seconds

Test Tags        AC3    AC3.4    IP1    I25    market-data


*** Variables ***
${DEPTH: str}    btcusdt@depth@100ms


*** Test Cases ***
An Undisturbed Book Is The Venue's
    [Tags]    R25
    When The Book Moves Twice
    Then All Books Are The Same
    And Get Market Counter    books_lost    ==    0

A Message Is Lost
    [Tags]    X29    R25
    Given Drop The Stream Message    ${DEPTH}    only_engine=True
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    And Get Fault Hits    ==    1
    And The Book Moves    98.50    100.50
    Then The Book Was Lost And Came Back    gap: expected first update id

A Message Comes Twice
    [Tags]    X29
    Given Duplicate The Stream Message    ${DEPTH}    only_engine=True
    When The Book Moves Twice
    Then All Books Are The Same
    And Get Market Counter    books_lost    ==    0
    And Every Fault Was Met

Messages Come In The Wrong Order
    [Tags]    X29    R25
    Given Reorder The Stream Messages    ${DEPTH}    only_engine=True
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    And Get Fault Hits    >=    1
    And Set The Book    BTCUSDT    bid=98.50    ask=100.50
    Then The Message Was Rejected    out_of_order
    And All Books Are The Same

A Message Comes Late
    [Tags]    R25
    Given Delay The Stream Message    ${DEPTH}    by=300ms    only_engine=True
    When The Book Moves Twice
    Then All Books Are The Same
    And Get Market Counter    books_lost    ==    0

A Message Is Broken
    [Tags]    AC3.2
    Given Corrupt The Stream Message    ${DEPTH}    only_engine=True
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Book Was Lost And Came Back    a message is not believed

A Message Is Cut In Half
    [Tags]    AC3.2
    Given Truncate The Stream Message    ${DEPTH}    only_engine=True
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Book Was Lost And Came Back    unreadable

A Message Comes In Fragments
    [Documentation]    As the protocol allows: it is put together, and nothing is lost.
    [Tags]    X29
    Given Change The Frame Of The Stream Message    ${DEPTH}    fragments    only_engine=True
    When The Book Moves Twice
    Then All Books Are The Same
    And Get Market Counter    books_lost    ==    0
    And Every Fault Was Met

A Message Comes In A Binary Frame
    [Documentation]    The venue sends text: the connection is given up, and the book built anew.
    [Tags]    X29    R25
    Given Change The Frame Of The Stream Message    ${DEPTH}    binary    only_engine=True
    When The Book Moves Twice
    Then All Books Are The Same
    And Get Fact Count    ConditionChanged    ==    2    correlation_id=binance/market
    And Every Fault Was Met

A Message Is No UTF-8
    [Tags]    X29    R25
    Given Change The Frame Of The Stream Message    ${DEPTH}    invalid_utf8    only_engine=True
    When The Book Moves Twice
    Then All Books Are The Same
    And Get Market Counter    books_lost    >=    1
    And Every Fault Was Met

A Price Is Negative
    [Tags]    AC3.2    X30
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    b=[["-99.00", "1"]]
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    not_positive
    And The Book Was Lost And Came Back    expected price > 0

A Price Is Zero
    [Tags]    AC3.2    X30
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    a=[["0", "1"]]
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    not_positive
    And The Book Was Lost And Came Back    expected price > 0

A Quantity Is Negative
    [Tags]    AC3.2    X30
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    b=[["98.00", "-1"]]
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    not_positive
    And The Book Was Lost And Came Back    quantity >= 0

A Price Is Not A Number
    [Tags]    AC3.2    X30
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    b=[["NaN", "1"]]
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    not_a_number
    And The Book Was Lost And Came Back    plain decimal text

A Price Has An Exponent
    [Tags]    AC3.2    X30
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    b=[["1e400", "1"]]
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    not_a_number
    And The Book Was Lost And Came Back    plain decimal text

A Price Is A Number Instead Of Text
    [Tags]    AC3.2    I06
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    b=[[98.12345678901234567, 1]]
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    wrong_type
    And The Book Was Lost And Came Back    wrong_type

A Field Is Missing
    [Tags]    AC3.2
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    E=null
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    wrong_type
    And The Book Was Lost And Came Back    wrong_type

A Change Crosses The Book
    [Tags]    X30
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    b=[["150.00", "1"]]    a=[]
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    crossed
    And The Book Was Lost And Came Back    expected best bid < best ask

Update Ids Are The Wrong Way Round
    [Tags]    X30
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    U=99999999
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    wrong_order
    And The Book Was Lost And Came Back    first update id <= last

An Update Id Goes Back
    [Tags]    X29
    When The Book Moves    98.00    101.00
    And Falsify The Stream Message    ${DEPTH}    only_engine=True    U=1    u=2
    And Set The Book    BTCUSDT    bid=98.50    ask=101.00
    Then The Message Was Rejected    out_of_order
    And The Book Was Lost And Came Back    update ids went back

An Update Id Comes From Nowhere
    [Documentation]    Believed, it would make every later change look old, and the book would stand still unnoticed.
    [Tags]    X29
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    u=9007199254740993
    When Set The Book    BTCUSDT    bid=98.50    ask=101.00
    And Get Fault Hits    ==    1
    And Set The Book    BTCUSDT    bid=98.60    ask=101.00
    Then The Message Was Rejected    out_of_order
    And The Book Was Lost And Came Back    update ids went back

A Message Of Another Symbol Comes On The Stream
    [Tags]    AC3.2
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    s="ETHUSDT"
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    wrong_symbol
    And The Book Was Lost And Came Back    wrong_symbol

A Message Is Old
    [Tags]    AC3.2    R25
    When The Book Moves    98.00    101.00
    And Falsify The Stream Message    ${DEPTH}    only_engine=True    E=1600000000000
    And Set The Book    BTCUSDT    bid=98.50    ask=101.00
    Then The Message Was Rejected    stale
    And The Book Was Lost And Came Back    older than the newest

A Message Counts Time In Seconds
    [Tags]    AC3.2
    Given Falsify The Stream Message    ${DEPTH}    only_engine=True    E=1700000000
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    Then The Message Was Rejected    wrong_time
    And The Book Was Lost And Came Back    expected a time in milliseconds

A Side Of The Book Is Empty
    [Tags]    X30
    When Set The Book Levels    BTCUSDT    bid 99.00 x 1
    Then Get Health    books.binance/BTCUSDT    ==    false
    And The Engine Book Equals The Venue Book    BTCUSDT
    And The Engine Refuses    BUY    BTCUSDT    qty=0.5    rule=R25
    When Set The Book    BTCUSDT    bid=99.00    ask=101.00
    Then All Books Are The Same

The Snapshot Is Older Than The Stream
    [Tags]    X30    R25
    Given Drop The Stream Message    ${DEPTH}    only_engine=True
    And Serve A Stale Snapshot    symbol=BTCUSDT    times=2
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    And Get Fault Hits    ==    1
    And The Book Moves    98.50    100.50
    Then The Book Was Lost And Came Back    gap: expected first update id
    And Get Market Counter    snapshots_refused    ==    2

The Snapshot Is Crossed
    [Tags]    X30
    Given Serve A Crossed Snapshot    symbol=BTCUSDT    times=2
    When Disconnect The Engine    MARKET
    Then The Message Was Rejected    wrong_order    count=2
    And All Books Are The Same

The Snapshot Does Not Begin With The Best
    [Tags]    X30
    Given Falsify The Snapshot    symbol=BTCUSDT    bids=[["98.00", "1"], ["99.00", "1"]]
    When Disconnect The Engine    MARKET
    Then The Message Was Rejected    wrong_order
    And All Books Are The Same

The Snapshot Does Not Come
    [Tags]    X30
    Given Answer With    503    code=-1008    of=depth snapshot    point=before_parse    times=2
    When Disconnect The Engine    MARKET
    Then Get Market Counter    snapshots_failed    ==    2    timeout=15s
    And All Books Are The Same
    And Every Fault Was Met

A Burst Of Changes Is Followed To The Last One
    [Tags]    R25
    When Let The Price Move    BTCUSDT    100.00    130.00    steps=300
    Then All Books Are The Same
    And Get Market Counter    books_lost    ==    0

Nothing Trades On A Book That Is Lost
    [Documentation]    While no snapshot fits, entries are refused and none reaches the venue; then trading goes on.
    [Tags]    X29    X30    R25
    Given Serve A Stale Snapshot    symbol=BTCUSDT    times=always
    And Drop The Stream Message    ${DEPTH}    only_engine=True
    When Set The Book    BTCUSDT    bid=98.00    ask=101.00
    And Get Fault Hits    ==    1
    And The Book Moves    98.50    100.50
    Then Get Market Counter    snapshots_refused    >=    1
    And The Engine Refuses    BUY    BTCUSDT    qty=0.5    rule=R25
    And Get Venue Order Count    ==    0
    When Heal The Venue
    Then The Engine Trades Again


*** Keywords ***
The Engine Trades Again
    [Documentation]    All books are the same, and an entry is filled.
    All Books Are The Same
    The Engine Holds    BTCUSDT    BUY    0.5
