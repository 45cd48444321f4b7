"""Three real PostgreSQL nodes under Patroni that suites start and break."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.fault_keywords.healing import HEALED_S, heal_at_the_end
from libraries.world.deadlines import Deadline
from libraries.world.servers.cluster import Cluster, Replication
from libraries.world.servers.node import Node
from libraries.world.session import session

START = Timeout(seconds=90)
FAILOVER = Timeout(seconds=30)
_LOOK = "the logs node1.log, node2.log and node3.log in the database's directory of this world"


class DatabaseClusterKeywords(Component):
    """Who starts in Suite Setup shares with all tests of the file; whatever a test breaks is healed at its end. Patroni probes, fences,
    promotes and rejoins; these keywords only break."""

    @keyword
    def start_a_database_cluster(
        self, *, replication: Replication = Replication.SYNCHRONOUS, cluster: str = "cluster", timeout: Timeout = NOT_GIVEN
    ) -> str:
        """Start three PostgreSQL nodes under Patroni, and etcd. Every engine that starts from now on has a database of its own there.

        One node is the primary; a commit waits for the receipt of one of the two standbys, and where there is none it goes on waiting.

        Args:
            replication: `ASYNCHRONOUS` is lenient: commits wait for nobody, so that a test of losses can be seen to fail.
            cluster: Alias.
            timeout: How long it may take; default 90 seconds.

        Returns:
            Which programs they are, and as whom they run.

        Raises:
            WorldError: the alias is taken, programs are missing, or it was not whole in time; with the ends of the logs.

        Example:
            ```robotframework
            Start A Database Cluster
            Start A Database Cluster    replication=ASYNCHRONOUS    cluster=lenient
            ```
        """
        return session.open_cluster(cluster, Deadline(timeout or START), replication).why

    @keyword
    def kill_the_primary_database(self, *, cluster: str = NOT_GIVEN) -> str:
        """SIGKILL to PostgreSQL on the node that leads; its Patroni lives. What was on its way to a standby is lost.

        Args:
            cluster: Alias; default: the first cluster.

        Returns:
            The node's name.

        Raises:
            WorldError: no node leads.

        Example:
            ```robotframework
            ${old} =    Kill The Primary Database
            A New Database Primary Takes Over    ${old}
            ```
        """
        return self._break_primary("primary database killed", Node.kill_postgres, cluster)

    @keyword
    def kill_the_primary_node(self, *, cluster: str = NOT_GIVEN) -> str:
        """SIGKILL to everything on the node that leads, Patroni and PostgreSQL. Its lease decides when another one may lead: 20 seconds.

        Args:
            cluster: Alias; default: the first cluster.

        Returns:
            The node's name.

        Raises:
            WorldError: no node leads.

        Example:
            ```robotframework
            ${old} =    Kill The Primary Node
            A New Database Primary Takes Over    ${old}
            Start The Database Node    ${old}
            ```
        """
        return self._break_primary("primary node killed", lambda node: node.kill("keyword Kill The Primary Node"), cluster)

    @keyword
    def freeze_the_primary_node(self, *, cluster: str = NOT_GIVEN) -> str:
        """Stop everything on the node that leads in its tracks (SIGSTOP), as when its machine hangs.

        Args:
            cluster: Alias; default: the first cluster.

        Returns:
            The node's name.

        Raises:
            WorldError: no node leads.

        Example:
            ```robotframework
            ${old} =    Freeze The Primary Node
            A New Database Primary Takes Over    ${old}
            ```
        """
        return self._break_primary("primary node frozen", Node.freeze, cluster)

    @keyword
    def cut_the_primary_node(self, *, cluster: str = NOT_GIVEN) -> str:
        """Cut the cables of the node that leads: neither clients nor other nodes nor etcd reach it, nor it them; nobody is told.

        Args:
            cluster: Alias; default: the first cluster.

        Returns:
            The node's name.

        Raises:
            WorldError: no node leads.

        Example:
            ```robotframework
            ${old} =    Cut The Primary Node
            A New Database Primary Takes Over    ${old}
            ```
        """
        return self._break_primary("primary node cut off", session.cluster(cluster).cut, cluster)

    @keyword
    def stall_the_standbys(self, *, cluster: str = NOT_GIVEN) -> None:
        """From now on nothing that the primary writes reaches a standby; nobody is told. A commit waits, unless the cluster is lenient.

        It ends with the primary's death, or with `Heal The Database Cluster`.

        Args:
            cluster: Alias; default: the first cluster.

        Raises:
            WorldError: no node leads.

        Example:
            ```robotframework
            Stall The Standbys
            Kill The Primary Database
            ```
        """
        self._break_primary("standbys stalled", lambda node: node.inner.cut(), cluster)

    @keyword
    def kill_the_standby_nodes(self, *, cluster: str = NOT_GIVEN) -> int:
        """SIGKILL to everything on the nodes that do not lead.

        Args:
            cluster: Alias; default: the first cluster.

        Returns:
            How many they were.

        Raises:
            WorldError: no node leads.
            WrongArgument: there is no standby to kill.

        Example:
            ```robotframework
            Kill The Standby Nodes
            Heal The Database Cluster
            ```
        """
        broken = self._broken(cluster)
        primary = broken.leader()
        standbys = [node for node in broken.nodes if node is not primary and node.machine.alive]
        if not standbys:
            raise WrongArgument(f"no standby is alive: {broken.described()}; heal the cluster first (keyword: Heal The Database Cluster)")
        for node in standbys:
            node.kill("keyword Kill The Standby Nodes")
        self.note("standby nodes killed", nodes=[node.name for node in standbys])
        return len(standbys)

    @keyword
    def start_the_database_node(self, node: str, *, cluster: str = NOT_GIVEN) -> None:
        """Start a dead node on what it has; it rejoins by itself (`The Database Cluster Is Whole` waits for that).

        Args:
            node: Name, such as `node1`.
            cluster: Alias; default: the first cluster.

        Raises:
            WrongArgument: an unknown node.
            WorldError: it runs.

        Example:
            ```robotframework
            Start The Database Node    node1
            ```
        """
        healed = session.cluster(cluster)
        healed.start_node(_node(healed, node))
        self.note("database node started", node=node)

    @keyword
    def lose_etcd(self, *, cluster: str = NOT_GIVEN) -> None:
        """SIGKILL to etcd: the nodes can agree on nothing any more.

        Args:
            cluster: Alias; default: the first cluster.

        Raises:
            WorldError: it is not running.

        Example:
            ```robotframework
            Lose Etcd
            Bring Etcd Back
            ```
        """
        self._broken(cluster).lose_etcd("keyword Lose Etcd")
        self.note("etcd killed")

    @keyword
    def bring_etcd_back(self, *, cluster: str = NOT_GIVEN) -> None:
        """Start etcd again on what it has.

        Args:
            cluster: Alias; default: the first cluster.

        Raises:
            WorldError: it runs.

        Example:
            ```robotframework
            Bring Etcd Back
            ```
        """
        session.cluster(cluster).start_etcd()
        self.note("etcd started again")

    @keyword
    def the_operator_goes_on_without_a_standby(self, *, cluster: str = NOT_GIVEN) -> None:
        """The operator's word to the database: while there is no standby, commits do not wait for one. Redundancy is then 0.

        Args:
            cluster: Alias; default: the first cluster.

        Raises:
            WorldError: no node leads, or it refuses.

        Example:
            ```robotframework
            Kill The Standby Nodes
            The Operator Goes On Without A Standby
            ```
        """
        self._broken(cluster).go_on_alone()
        self.note("operator goes on without a standby")

    @keyword
    def heal_the_database_cluster(self, *, cluster: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN) -> None:
        """What is frozen thaws, what is cut is mended, what is dead starts; and wait until all nodes are there again.

        Args:
            cluster: Alias; default: the first cluster.
            timeout: How long it may take; default 90 seconds.

        Raises:
            WorldError: not in time; with what each node says and the ends of the logs.

        Example:
            ```robotframework
            Heal The Database Cluster
            ```
        """
        healed = session.cluster(cluster)
        healed.heal()
        self.note("database cluster healed", cluster=healed.name)
        healed.wait_whole(Deadline(timeout or START))

    @keyword
    def a_new_database_primary_takes_over(self, old: str, *, cluster: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN) -> str:
        """Wait until another node leads.

        Args:
            old: Name of the node that led, as the keyword that broke it returned.
            cluster: Alias; default: the first cluster.
            timeout: How long it may take; default 30 seconds.

        Returns:
            The name of the node that leads now.

        Raises:
            WrongArgument: an unknown node.
            WorldError: not in time; with what each node says and the ends of the logs.

        Example:
            ```robotframework
            ${old} =    Kill The Primary Database
            ${new} =    A New Database Primary Takes Over    ${old}    timeout=10s
            ```
        """
        watched = session.cluster(cluster)
        node = watched.wait_primary(Deadline(timeout or FAILOVER), other_than=_node(watched, old))
        self.note("database primary", node=node.name, timeline=watched.timeline())
        return node.name

    @keyword
    def the_database_cluster_is_whole(self, *, cluster: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN) -> None:
        """Wait until one node leads and both others stream from it, one of them synchronously.

        Args:
            cluster: Alias; default: the first cluster.
            timeout: How long it may take; default 90 seconds.

        Raises:
            WorldError: not in time; with what each node says and the ends of the logs.

        Example:
            ```robotframework
            The Database Cluster Is Whole
            ```
        """
        session.cluster(cluster).wait_whole(Deadline(timeout or START))

    @keyword
    def get_database_primary(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        cluster: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> str:
        """The name of the node that leads and takes writes, as its Patroni says.

        Args:
            operator: Any for text; left out, the name is only returned.
            expected: The name to compare with, such as `node1`.
            cluster: Alias; default: the first cluster.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The name.

        Raises:
            AssertionError: not in time; with the name last seen, or with what each node says.

        Example:
            ```robotframework
            Get Database Primary    !=    ${old}
            ```
        """
        asked = session.cluster(cluster)

        def name() -> str:
            node = asked.primary()
            if node is None:
                raise NotYet(f"no primary: {asked.described()}")
            return node.name

        return ask(Question(name, "primary of the database", _LOOK), operator, expected, timeout)

    @keyword
    def get_database_timeline(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        cluster: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """The timeline of the primary: every promotion adds one, and it never goes back.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            cluster: Alias; default: the first cluster.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Raises:
            AssertionError: not in time; with the number last seen, or with what each node says.

        Example:
            ```robotframework
            ${before} =    Get Database Timeline
            Get Database Timeline    >    ${before}
            ```
        """
        asked = session.cluster(cluster)

        def timeline() -> int:
            if asked.primary() is None:
                raise NotYet(f"no primary: {asked.described()}")
            return asked.timeline()

        return ask(Question(timeline, "timeline of the database", _LOOK), operator, expected, timeout)

    @keyword
    def get_database_standbys(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        synchronous: bool = False,
        cluster: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many nodes stream from the primary.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            synchronous: Count those only whose receipt a commit waits for.
            cluster: Alias; default: the first cluster.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Raises:
            AssertionError: not in time; with the number last seen.

        Example:
            ```robotframework
            Get Database Standbys    ==    2
            Get Database Standbys    ==    1    synchronous=True
            ```
        """
        asked = session.cluster(cluster)
        subject = "synchronous standbys of the database" if synchronous else "standbys of the database"
        count: Callable[[], int] = lambda: len(asked.synchronous_standbys() if synchronous else asked.standbys())  # noqa: E731 - of one use
        return ask(Question(count, subject, _LOOK), operator, expected, timeout)

    def _broken(self, alias: str | None) -> Cluster:
        """The cluster, which is whole again at the end of the test."""
        cluster = session.cluster(alias)
        heal_at_the_end(self.notes, f"cluster {cluster.name}", partial(_heal_cluster, cluster))
        return cluster

    def _break_primary(self, what: str, breaking: Callable[[Node], object], alias: str | None) -> str:
        node = self._broken(alias).leader()
        breaking(node)
        self.note(what, node=node.name)
        return node.name


def _node(cluster: Cluster, name: str) -> Node:
    for node in cluster.nodes:
        if node.name == name:
            return node
    raise WrongArgument(f"unknown database node {name!r}; there are: {', '.join(node.name for node in cluster.nodes)}")


def _heal_cluster(cluster: Cluster) -> None:
    cluster.heal()
    cluster.wait_primary(Deadline(HEALED_S))
    cluster.restore_rules()
    cluster.wait_whole(Deadline(HEALED_S))
