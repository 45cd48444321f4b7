*** Settings ***
Documentation    Damaged files of a database: noticed before anything is written, kept in a copy, refused in one line that names the copy
...              and the way out; and the way out leads back to an engine whose books agree with the venue's.

Resource         ../../resources/integrity.resource

Suite Setup      Open The Venue    BTCUSDT    ETHUSDT
Test Timeout     60 seconds

Test Tags        AC9    S5    L10    integrity


*** Test Cases ***
One Flipped Byte Of An Event
    [Documentation]    SQLite calls the file whole; the chain of hashes does not. A backup from before leads back.
    [Tags]    AC9.2    I19
    Given An Engine That Will End
    And Busy Hands
    ${backup} =    Back Up The Database
    And Kill The Engine
    When Flip A Byte In The Journal
    Then The Damaged Database Is Refused    chain broken at event
    And The Rebuild Is Refused    chain broken at event
    And The Way Out Is A Backup    ${backup}

One Flipped Byte Of Long Ago
    [Documentation]    A start verifies from the snapshot on, so that its time does not grow with history; audit and backup verify all.
    [Tags]    AC9.2    I19    campaign
    Given An Engine That Has Traded
    ${backup} =    Back Up The Database
    When Flip A Byte In The Journal    before_the_end=20
    Then The Backup Is Refused    chain broken at event
    And The Journal Is Not Intact    chain broken at event
    And The Way Out Is A Backup    ${backup}

A Database That Was Cut Short
    [Tags]    I18
    Given An Engine That Will End
    And Busy Hands
    And Stop The Engine
    ${backup} =    Back Up The Database
    When Cut The Database Short    by=1000
    Then The Damaged Database Is Refused    is cut off
    And The Way Out Is A Backup    ${backup}

An Emptied File And A Letter Are No Database
    [Documentation]    The anchor tells of a journal, so an empty file is no new database.
    [Tags]    I19
    Given An Engine That Has Traded
    ${backup} =    Back Up The Database
    When Replace The Database By A Letter
    Then The Damaged Database Is Refused    a file that is none
    When Cut The Database Short    by=1000000
    Then The Damaged Database Is Refused    got an empty file
    And The Way Out Is A Backup    ${backup}

A Schema That This Version Does Not Know
    [Documentation]    An old build meets a newer schema: it refuses and writes nothing; the version that wrote it goes on.
    [Tags]    CP-M3    I34
    Given An Engine That Has Traded
    ${version} =    Get Row Field    alembic_version    version_num
    When Change A Row    alembic_version    version_num    9999    where=version_num=${version}
    Then The Damaged Database Is Refused    got 9999    way_out=start the version of the engine that wrote it
    When Change A Row    alembic_version    version_num    ${version}    where=version_num=9999
    And Restart The Engine
    Then Nothing Is In Doubt    USDT    BTC    ETH

The Anchor Is Missing Or Damaged
    [Tags]    AC9.2    I19
    Given An Engine That Has Traded
    ${backup} =    Back Up The Database
    When Damage The Anchor
    Then The Damaged Database Is Refused    damaged line of the anchor file    way_out=put the file back
    When Remove The Anchor
    Then The Damaged Database Is Refused    expected the anchor file    way_out=put the file back
    And The Way Out Is A Backup    ${backup}

The End Of The Journal Was Cut Off
    [Documentation]    Chain and tables know nothing of it; the anchor does. One who has no backup accepts the loss.
    [Tags]    AC9.2    I19
    Given An Engine That Has Traded
    When Cut Off The End Of The Journal    facts=2
    Then The Damaged Database Is Refused    but the journal ends at event
    And The Rebuild Is Refused    but the journal ends at event
    And Expect Violation    I32
    When Rebuild The Database    accept_loss=True
    And Restart The Engine
    Then Nothing Is In Doubt    USDT    BTC    ETH

A Page Of Zeros Where Tables Are
    [Documentation]    The journal writes them anew.
    [Tags]    I18    I21    campaign
    Given An Engine That Will End
    And Busy Hands
    ${digest} =    Get State Digest
    And Kill The Engine
    When Wipe A Page Of The Database    fills
    Then The Damaged Database Is Refused    damaged pages
    And The Way Out Is A Rebuild    ${digest}

A Page Of Zeros Where The Journal Is
    [Tags]    I18    I19
    Given An Engine That Has Traded
    ${backup} =    Back Up The Database
    When Wipe A Page Of The Database    events
    Then The Damaged Database Is Refused    damaged pages
    And The Way Out Is A Backup    ${backup}

A Torn Last Transaction Does Not Hinder
    [Documentation]    What the power may have taken while it was written was told to nobody. The engine says so, and gives no number twice.
    [Tags]    AC9.1    I08    I17
    Given An Engine That Was Killed While It Traded
    When Tear The Write-Ahead Log    LAST_TRANSACTION
    And Restart The Engine
    Then The Engine Says What Was Wrong    torn transaction
    And The Engine Trades On

A Hole In The Log Before Whole Transactions Is A Loss
    [Documentation]    They were on disk one after the other: what is behind the hole was acknowledged. SQLite would drop it in silence.
    [Tags]    AC9.1
    Given An Engine That Will End
    And Busy Hands
    ${backup} =    Back Up The Database
    And Kill The Engine
    When Tear The Write-Ahead Log    EARLIER_TRANSACTION
    Then The Damaged Database Is Refused    acknowledged facts are lost
    And The Way Out Is A Backup    ${backup}

A Damaged Snapshot Is Passed Over
    [Documentation]    The journal is the truth: it is folded from an older snapshot, or from its beginning, to the same state.
    [Tags]    R28    I21
    Given An Engine That Will End
    And Busy Hands
    And Stop The Engine
    ${seq} =    Get Row Field    snapshots    seq
    When Change A Row    snapshots    digest    ff    where=seq=${seq}
    And Restart The Engine
    Then The Engine Says What Was Wrong    is damaged and was passed over
    And Nothing Is In Doubt    USDT    BTC    ETH
