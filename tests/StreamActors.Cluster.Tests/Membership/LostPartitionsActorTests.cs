using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Membership;
using StreamActors.Cluster.Metadata;
using StreamActors.Cluster.Serialization;
using StreamActors.Cluster.Tests.Controller;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;
using StreamActors.Storage;
using StreamActors.Storage.Files;

namespace StreamActors.Cluster.Tests.Membership;

/// <summary>A broker with two data folders and a controller that answers when the test lets it; time passes when the test says so.</summary>
public sealed class LostPartitionsActorTests : TestKit
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string folder = Directory.CreateTempSubdirectory("streamactors-").FullName;
    private readonly ControllerFixture decided = new(brokers: 0);
    private readonly ControllerLink link = new();
    private readonly View view = new();
    private readonly TestProbe controller;
    private readonly TestProbe metadata;
    private readonly LogDirectories directories;
    private readonly Guid incarnation = new(9, 9, 9, new byte[8]);
    private IActorRef actor = ActorRefs.Nobody;

    public LostPartitionsActorTests()
        : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
        controller = CreateTestProbe();
        metadata = CreateTestProbe();
        directories = Open("a", "b");
        Register(incarnation);
        link.Found(controller);
    }

    private LogDirectory Failing => directories.All[1];

    private TopicImage Topic => decided.Image.Topic("orders")!;

    [Fact]
    public async Task What_is_lost_is_told_again_until_the_image_says_so_and_then_no_more()
    {
        Create("orders", 4);
        await StartAsync();
        Fail();
        var (offline, lost) = await ToldAsync(controller);
        Assert.Equal([Failing.DirectoryId.Value], offline.OfflineLogDirs);
        Assert.Equal(Lost(), Partitions(lost));
        Assert.Equal(2, Partitions(lost).Count);
        Assert.Equal(decided.Image.Brokers[1].Epoch, lost.BrokerEpoch);

        Create("later", 1);
        await ChangedAsync(); // nothing that it waits for: it does not ask at every event
        await PassAsync(Interval - TimeSpan.FromMilliseconds(1));
        Time.Advance(TimeSpan.FromMilliseconds(1));
        (offline, lost) = await ToldAsync(controller);
        Assert.Equal(Lost(), Partitions(lost));

        decided.Decide<BrokerHeartbeatResponse>(offline);
        decided.Decide<AssignReplicasToDirsResponse>(lost);
        Assert.Equal(2, Enumerable.Range(0, 4).Count(index => Topic.Partitions[index].Leader == BrokerId.None));
        await ChangedAsync();
        await PassAsync(10 * Interval);
    }

    [Fact]
    public async Task A_controller_that_comes_later_is_told()
    {
        Create("orders", 2);
        link.Lost();
        await StartAsync();
        Fail();
        await PassAsync(Interval - TimeSpan.FromMilliseconds(1));
        var next = CreateTestProbe();
        link.Found(next);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        var (offline, lost) = await ToldAsync(next);
        Assert.Single(offline.OfflineLogDirs);
        Assert.Single(Partitions(lost));
    }

    [Fact]
    public async Task A_former_epoch_is_not_used_after_the_broker_has_registered_again()
    {
        Create("orders", 2);
        await StartAsync();
        Fail();
        var (_, first) = await ToldAsync(controller);
        decided.Apply(BrokerLifecycle.Fence(decided.Image, new BrokerId(1), fenced: true));
        Register(incarnation);
        Assert.Equal(ErrorCode.StaleBrokerEpoch, (ErrorCode)decided.Decide<AssignReplicasToDirsResponse>(first).ErrorCode);
        await ChangedAsync();
        var (offline, second) = await ToldAsync(controller);
        Assert.Equal(ErrorCode.None, (ErrorCode)decided.Decide<BrokerHeartbeatResponse>(offline).ErrorCode);
        Assert.Equal(ErrorCode.None, (ErrorCode)decided.Decide<AssignReplicasToDirsResponse>(second).ErrorCode);
        Assert.Single(decided.Image.Brokers[1].LogDirs);
    }

    [Fact]
    public async Task Many_partitions_are_told_piece_by_piece_each_of_which_fits_a_frame()
    {
        Create("orders", 2 * (LostPartitionsActor.MaxPartitions + 1));
        decided.Apply([.. Enumerable.Range(0, 4_600).SelectMany(SmallTopic)]);
        foreach (var topic in decided.Image.Topics.Values) directories.Place(new TopicPartition(topic.Name, 0), topic.Id, isNew: true);
        await StartAsync();
        Fail();
        var sizes = new List<int>();
        for (var lost = Lost().Count + 2_300; lost > 0; lost -= sizes[^1])
        {
            var (offline, piece) = await ToldAsync(controller, heartbeat: sizes.Count == 0);
            if (offline is not null) decided.Decide<BrokerHeartbeatResponse>(offline);
            Assert.True(WireWriter.ToArray(piece, 0).Length < 70_000);
            sizes.Add(Partitions(piece).Count);
            decided.Decide<AssignReplicasToDirsResponse>(piece);
            await ChangedAsync();
        }

        Assert.Equal(LostPartitionsActor.MaxPartitions, sizes[0]);
        Assert.Equal(12_301, sizes.Sum());
        await PassAsync(10 * Interval);
    }

    [Fact]
    public async Task At_the_start_what_no_folder_has_is_lost_unless_it_is_certainly_new()
    {
        directories.Close(clean: false);
        File.WriteAllText(Path.Combine(folder, "file"), "not a folder");
        Create("orders", 1);
        Register(new Guid(8, 8, 8, new byte[8]));
        Create("new", 1);
        var left = Open("a", "file/b");
        left.Place(new TopicPartition("kept", 0), new TopicId(Guid.NewGuid()), isNew: true);
        decided.Create("kept");
        await StartAsync(left, new Guid(8, 8, 8, new byte[8]));
        var (_, lost) = await ToldAsync(controller, heartbeat: false);
        Assert.Equal([new TopicIdPartition(Topic.Id, 0)], Partitions(lost));
        decided.Decide<AssignReplicasToDirsResponse>(lost);
        await ChangedAsync();
        await PassAsync(10 * Interval);
        left.Close(clean: false);
    }

    [Fact]
    public async Task Nothing_is_told_while_all_folders_are_there_or_before_this_process_is_registered()
    {
        Create("orders", 2);
        await StartAsync();
        await PassAsync(10 * Interval);
        Register(new Guid(7, 7, 7, new byte[8]));
        await ChangedAsync();
        Failing.Fail(new IOException("planted"));
        actor.Tell(LogDirFailed.Instance);
        await PassAsync(10 * Interval);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        directories.Close(clean: false);
        Directory.Delete(folder, recursive: true);
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    private LogDirectories Open(params string[] names)
    {
        var ids = 0;
        return LogDirectories.Open(PhysicalDisk.Instance, [.. names.Select(name => Path.Combine(folder, name))], null, new BrokerId(1), () => new Guid(++ids, 5, 5, new byte[8]));
    }

    private void Register(Guid process) => decided.Decide<BrokerRegistrationResponse>(new BrokerRegistrationRequest
    {
        BrokerId = 1,
        ClusterId = decided.Image.ClusterId,
        IncarnationId = process,
        LogDirs = [.. directories.All.Select(directory => directory.DirectoryId.Value)],
    });

    private void Create(string topic, int partitions)
    {
        decided.Create(topic, partitions);
        for (var index = 0; index < partitions; index++) directories.Place(new TopicPartition(topic, index), decided.Image.Topic(topic)!.Id, isNew: true);
    }

    private static IEnumerable<IRecordMessage> SmallTopic(int number)
    {
        var id = new Guid(number, 3, 3, new byte[8]);
        yield return new TopicRecord { Name = $"small-{number}", TopicId = id };
        yield return new PartitionRecord { TopicId = id, PartitionId = 0, Replicas = [1], Isr = [1], Leader = 1 };
    }

    private async Task StartAsync(LogDirectories? others = null, Guid? process = null)
    {
        var self = decided.Image.Brokers[1] with { Incarnation = process ?? incarnation };
        actor = Sys.ActorOf(Props.CreateBy(new Producer<LostPartitionsActor>(() => new LostPartitionsActor(self, others ?? directories, view, link, metadata))));
        await metadata.ExpectMsgAsync<SubscribeToImage>(Soon);
        await ChangedAsync();
    }

    private void Fail()
    {
        Failing.Fail(new IOException("planted"));
        actor.Tell(LogDirFailed.Instance);
    }

    private async Task ChangedAsync()
    {
        view.Current = decided.Image;
        actor.Tell(new ImageChanged(view.Current, decided.LastDelta));
        await TurnAsync();
    }

    /// <summary>Time passes, and the controller is told nothing.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        await TurnAsync();
        Time.Advance(time);
        await TurnAsync();
        Assert.False(controller.HasMessages);
    }

    /// <summary>All that the actor has been told until now it has heard.</summary>
    private async Task TurnAsync()
    {
        actor.Tell(new Identify(0), TestActor);
        await ExpectMsgAsync<ActorIdentity>(Soon);
    }

    private static async Task<(BrokerHeartbeatRequest Offline, AssignReplicasToDirsRequest Lost)> ToldAsync(TestProbe controller, bool heartbeat = true)
    {
        var offline = heartbeat ? (BrokerHeartbeatRequest)await NextAsync(controller) : null;
        return (offline!, (AssignReplicasToDirsRequest)await NextAsync(controller));
    }

    private static async Task<IRequestMessage> NextAsync(TestProbe controller)
    {
        var request = await controller.ExpectMsgAsync<ControllerRequest>(Soon);
        return ControllerApis.ReadRequest((ApiKey)request.ApiKey, request.ApiVersion, request.Body);
    }

    private List<TopicIdPartition> Lost() =>
        [.. Enumerable.Range(0, Topic.Partitions.Count).Where(index => directories.Find(new TopicPartition("orders", index)) == Failing).Select(index => new TopicIdPartition(Topic.Id, index))];

    private static List<TopicIdPartition> Partitions(AssignReplicasToDirsRequest request)
    {
        var directory = Assert.Single(request.Directories);
        Assert.Equal(DirectoryIds.Lost, directory.Id);
        return [.. directory.Topics.SelectMany(topic => topic.Partitions.Select(partition => new TopicIdPartition(new TopicId(topic.TopicId), partition.PartitionIndex)))];
    }

    private sealed class View : IMetadataView
    {
        private volatile MetadataImage current = MetadataImage.Empty;

        public MetadataImage Current
        {
            get => current;
            set => current = value;
        }
    }
}
