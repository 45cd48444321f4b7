*** Settings ***
Documentation    Deaths at the crash points of an engine's life (reliability A3). Each test is one engine: it trades a session, is killed
...              where the name says, the venue trades on with what it left, it comes back, and the rest of the session is played. The
...              audit after the test looks at what is left: no order sent twice, no fill lost, no half transaction, all reconciled.
...              By default one for each id; what is a second place of the same id has the tag `campaign` (docs/crash-points.md).

Resource         ../../resources/recovery.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     120 seconds
Test Template    A Death Is Survived

Test Tags        AC5    AC9.1    X37    L10    S6    recovery


*** Test Cases ***
CP-S1 Start: the configuration is read, the database is not locked yet
    [Tags]    CP-S1
    CP-S1
CP-S2 Start: the database is locked, not opened yet
    [Tags]    CP-S2
    CP-S2
CP-S3 Start: the database is open, its schema is not looked at yet
    [Tags]    CP-S3
    CP-S3
CP-S4a Start: the state is folded, no connection is opened yet
    [Tags]    CP-S4    campaign
    CP-S4a
CP-S4b A book's snapshot is taken in, no change after it
    [Tags]    CP-S4
    CP-S4b
CP-O1 A signal is received, risk has not judged it yet
    [Tags]    CP-O1
    CP-O1
CP-O2 Funds are reserved and the intent is decided, nothing is committed
    [Tags]    CP-O2
    CP-O2
CP-O3a In the transaction of an intent: its fact is inserted, its row is not
    [Tags]    CP-O3    campaign
    CP-O3a
CP-O3b In the transaction of an intent: all is inserted, nothing is committed
    [Tags]    CP-O3
    CP-O3b
CP-O3c The transaction of an intent is committed, its writer does not know yet
    [Tags]    CP-O3
    CP-O3c
CP-O4 The intent is committed, the order is not sent
    [Tags]    CP-O4
    CP-O4
CP-O5 Half of the bytes of an order are written
    [Tags]    CP-O5
    CP-O5
CP-O6 An order is sent, no answer has come
    [Tags]    CP-O6
    CP-O6
CP-O7 The venue says that it does not know what became of an order, or says nothing; nothing is committed of that
    [Tags]    CP-O7
    CP-O7
CP-O8 The venue has accepted an order, nothing is committed of that
    [Tags]    CP-O8
    CP-O8
CP-O9 A batch is committed, the anchor that is due is not written
    [Tags]    CP-O9
    CP-O9
CP-O10 The venue has refused an order, nothing is committed of that
    [Tags]    CP-O10
    CP-O10
CP-F1 A part of an order's fills is committed, the rest is to come
    [Tags]    CP-F1
    CP-F1
CP-F2 A fill has come by the stream, nothing is committed of it
    [Tags]    CP-F2
    CP-F2
CP-F3 In the transaction of a fill: its row is inserted, the balances are not
    [Tags]    CP-F3
    CP-F3
CP-F4 A fill comes by a second way
    [Tags]    CP-F4
    CP-F4
CP-F5 A fill comes before the answer to its order
    [Tags]    CP-F5
    CP-F5
CP-F6 The last fill of an order is booked, the order's state is not
    [Tags]    CP-F6
    CP-F6
CP-C1a The wish to cancel is committed, the cancel is not sent
    [Tags]    CP-C1    campaign
    CP-C1a
CP-C1b A cancel is sent, no answer has come
    [Tags]    CP-C1
    CP-C1b
CP-C2 The stop at the venue is cancelled, the one that replaces it is not placed
    [Tags]    CP-C2
    CP-C2
CP-C3 An entry is filled and committed, its protective stop is not sent
    [Tags]    CP-C3
    CP-C3
CP-C4 Of orders that leave together one is sent, the next is not
    [Tags]    CP-C4
    CP-C4
CP-R1 Recovery: the open orders are known, the venue has not been asked
    [Tags]    CP-R1
    CP-R1
CP-R2 Recovery: one order is moved by the venue's word, the next is not
    [Tags]    CP-R2
    CP-R2
CP-R3 Recovery: missed fills are booked, the orders are not moved
    [Tags]    CP-R3
    CP-R3
CP-R4 Recovery: a difference is found, it is not recorded
    [Tags]    CP-R4
    CP-R4
CP-D1 Shutdown: the signal has come, new orders are not blocked yet
    [Tags]    CP-D1
    CP-D1
CP-D2 Shutdown: the end of an order is committed while others are still open
    [Tags]    CP-D2
    CP-D2
CP-D3 Shutdown: all is committed, the last checkpoint is not done
    [Tags]    CP-D3
    CP-D3
CP-D4 Shutdown: a second signal has come
    [Tags]    CP-D4
    CP-D4
CP-A1a Half a line of the anchor file is written
    [Tags]    CP-A1    campaign
    CP-A1a
CP-A1b A line of the anchor file is written, not on disk
    [Tags]    CP-A1
    CP-A1b
CP-A1c A line of the anchor file is on disk, the loop does not know yet
    [Tags]    CP-A1    campaign
    CP-A1c
CP-T1 A request is signed, it is not sent
    [Tags]    CP-T1    campaign
    CP-T1
CP-W1 In the transaction of a snapshot: it is inserted, nothing is committed
    [Tags]    CP-W1
    CP-W1
