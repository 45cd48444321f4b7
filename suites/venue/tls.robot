*** Settings ***
Documentation    A venue over TLS: an engine trades, and a venue that cannot prove who it is gets nothing but a named error.

Resource         ../../resources/trading.resource
Resource         ../../resources/raw_rest.resource

Test Timeout     120 seconds

Test Tags        IP1    venue


*** Test Cases ***
An Engine Trades Over TLS
    [Tags]    P1    AC1.1
    Given Open The Venue    BTCUSDT    tls=valid
    And A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then Get Position    BTCUSDT    ==    0.4995
    And Engine And Venue Agree    BTC
    And Engine And Venue Agree    USDT
    And The Order Is Fully Explained

An Engine Trades Over TLS By An Address
    Given Open The Venue    BTCUSDT    tls=valid    addresses=1
    And Set The Book    BTCUSDT    bid=99.50    ask=100.50
    And Start A Fresh Engine    tier=HUNTER    address=1
    When The Engine Holds    BTCUSDT    BUY    0.5
    Then Get Connection Addresses    ==    api1
    And Engine And Venue Agree    BTC

A Client Trusts The Venue's Authority
    Given Open The Venue    BTCUSDT    tls=valid
    And Open The Raw Session
    ${authority} =    And Get Venue Authority
    When GET On Session    venue    /api/v3/ping    verify=${authority}    expected_status=200

A Certificate For Another Host Is Refused
    [Tags]    AC6.1
    Given Open The Venue    BTCUSDT    tls=wrong host
    When The Engine Refuses To Start    exit_code=5    message=GENESIS-2902
    Then Get Connection Addresses    ==    none

An Expired Certificate Is Refused
    [Tags]    AC6.1
    Given Open The Venue    BTCUSDT    tls=expired
    When The Engine Refuses To Start    exit_code=5    message=GENESIS-2903
    Then Get Connection Addresses    ==    none

A Certificate Of An Unknown Authority Is Refused
    [Tags]    AC6.1
    Given Open The Venue    BTCUSDT    tls=unknown authority
    When The Engine Refuses To Start    exit_code=5    message=GENESIS-2904
    Then Get Connection Addresses    ==    none

The Checks Cannot Be Switched Off
    [Tags]    AC6.1
    Given Open The Venue    BTCUSDT    tls=valid
    And A Quoted Market With A Fresh Engine    BTCUSDT    bid=99.50    ask=100.50
    Then The Config Is Refused    venue.verify    false
    And The Config Is Refused    venue.ca_file    "/nowhere/ca.pem"    message=PEM
    And The Config Is Refused    venue.rest_url    "http://venue.test"    message=https
