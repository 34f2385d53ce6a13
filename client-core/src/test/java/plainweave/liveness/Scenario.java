package plainweave.liveness;

/** Where a client waits for something: none of it may hold the carrier. */
enum Scenario {
    CALLS_HANDED_ON_OVER_TWO_PERMITS(Scenarios::callsHandedOnOverTwoPermits),
    BULKS_AND_FANOUTS_OVER_TWO_PERMITS(Scenarios::bulksAndFanoutsOverTwoPermits),
    LEASES_BESIDE_CALLS(Scenarios::leasesBesideCalls),
    WARM_AND_EVICT_UNDER_CALLS(Scenarios::warmAndEvictUnderCalls),
    EXHAUSTED_PERMITS_AND_A_SLOW_OPEN(Scenarios::exhaustedPermitsAndASlowOpen),
    CONNECTS_REFUSED_UNTIL_THE_PEER_IS_BACK(Scenarios::connectsRefusedUntilThePeerIsBack),
    PEER_CLOSES_IDLE_CONNECTIONS(Scenarios::peerClosesIdleConnections),
    CLOSE_WITH_WAITERS_AND_A_CONNECT_IN_FLIGHT(Scenarios::closeWithWaitersAndAConnectInFlight),
    WRITES_THAT_STALL_UNTIL_THEIR_DEADLINE(Scenarios::writesThatStallUntilTheirDeadline),
    A_SLOW_NAME_FOR_A_HUNDRED_CALLERS(Scenarios::aSlowNameForAHundredCallers),
    AN_INTERRUPT_IN_EACH_PHASE(Scenarios::anInterruptInEachPhase),
    A_DEADLINE_IN_EACH_PHASE(Scenarios::aDeadlineInEachPhase),
    HANDSHAKES_AND_CALLS_UNDER_TLS(Scenarios::handshakesAndCallsUnderTls),
    HANDSHAKES_AND_WRITES_OF_TLS_THAT_STALL(Scenarios::handshakesAndWritesOfTlsThatStall),
    A_LONG_STREAM_BESIDE_PINGS(Scenarios::aLongStreamBesidePings);

    /** Runs it to its end; its callers are the crew's. */
    interface Body {
        void accept(Crew crew) throws Exception;
    }

    final Body run;

    Scenario(Body run) {
        this.run = run;
    }
}
