using Akka.Actor;
using Akka.Configuration;
using StreamActors.Cluster.Hosting;
using StreamActors.Cluster.Serialization;

namespace StreamActors.Cluster.Tests.Serialization;

/// <summary>Two actor systems with a node's own settings, talking over real loopback sockets.</summary>
public sealed class ControlMessageTests : IDisposable
{
    private readonly ActorSystem here = Start();
    private readonly ActorSystem there = Start();

    private static readonly object[] Messages =
    [
        new ControllerRequest(7, 19, 7, [1, 2, 3]),
        new ControllerReply(7, -1, [], 43),
        new FollowMetadata(2, "a cluster", 42),
        new FollowAccepted(42),
        new FollowRefused("another cluster"),
        new MetadataPart(43, true, 1, 3, new byte[60_000]),
        new DescribeReplica(9),
        new ReplicaDescription(9, 1, 2, 3, 4, 5),
        new ReplicaEnvelope(1, Guid.NewGuid(), 3, new DescribeReplica(9)),
    ];

    public static TheoryData<object> Allowed() => [.. Messages];

    [Fact]
    public void Every_message_that_crosses_is_on_the_list_and_every_one_on_the_list_is_tried_here()
    {
        var marked = typeof(IControlMessage).Assembly.GetTypes().Where(type => type.IsClass && typeof(IControlMessage).IsAssignableFrom(type));
        Assert.Equal(marked.Select(type => type.Name).Order(), ControlMessageTypes.All.Select(type => type.Name).Order());
        Assert.Equal(ControlMessageTypes.All.Select(type => type.Name).Order(), Messages.Select(message => message.GetType().Name).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Allowed))]
    public void A_message_on_the_list_comes_back_equal(object message)
    {
        var serializer = here.Serialization.FindSerializerFor(message);
        var bytes = serializer.ToBinary(message);
        var back = there.Serialization.Deserialize(bytes, serializer.Identifier, "");
        Assert.IsType<ControlMessageSerializer>(serializer);
        Assert.Equal(bytes, serializer.ToBinary(back));
        Assert.IsType(message.GetType(), back);
        Assert.True(bytes.Length < 128_000);
    }

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void A_type_that_is_not_on_the_list_is_not_written(object message) =>
        Assert.ThrowsAny<Exception>(() => here.Serialization.FindSerializerFor(message).ToBinary(message));

    public static TheoryData<object> Forbidden() =>
    [
        new Unlisted("text"),
        new Local(),
        new ReplicaEnvelope(1, Guid.Empty, 0, new Unlisted("inside")),
        new ReplicaEnvelope(1, Guid.Empty, 0, new FileInfo("/etc/passwd")),
        new Dictionary<string, object> { ["a"] = 1 },
        new InvalidOperationException("an exception"),
    ];

    [Fact]
    public void Bytes_of_a_forbidden_type_are_not_read_whoever_wrote_them()
    {
        var json = new Akka.Serialization.NewtonSoftJsonSerializer((ExtendedActorSystem)here);
        var byJson = json.ToBinary(new Unlisted("text"));
        Assert.Throws<RefusedTypeException>(() => there.Serialization.Deserialize(byJson, json.Identifier, typeof(Unlisted)));

        var open = new Hyperion.Serializer();
        using var stream = new MemoryStream();
        open.Serialize(new Unlisted("text"), stream);
        Assert.ThrowsAny<Exception>(() => there.Serialization.Deserialize(stream.ToArray(), new ControlMessageSerializer((ExtendedActorSystem)there).Identifier, ""));
    }

    [Fact]
    public async Task Over_the_wire_what_is_listed_arrives_and_what_is_not_does_not_in_both_directions()
    {
        await ArrivesOnlyIfListedAsync(here, there);
        await ArrivesOnlyIfListedAsync(there, here);
    }

    public void Dispose() => Task.WaitAll(here.Terminate(), there.Terminate());

    private static async Task ArrivesOnlyIfListedAsync(ActorSystem from, ActorSystem to)
    {
        var got = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiver = to.ActorOf(Props.CreateBy(new Producer<Receiver>(() => new Receiver(got))));
        var address = ((ExtendedActorSystem)to).Provider.DefaultAddress;
        var remote = await from.ActorSelection(receiver.Path.ToStringWithAddress(address)).ResolveOne(TimeSpan.FromSeconds(100));
        remote.Tell(new Unlisted("must not arrive"));
        remote.Tell(new ReplicaEnvelope(1, Guid.Empty, 0, new Unlisted("nor inside")));
        remote.Tell(new FollowAccepted(42));
        Assert.Equal(new FollowAccepted(42), await got.Task.WaitAsync(TimeSpan.FromSeconds(100)));
    }

    private static ActorSystem Start() => ActorSystem.Create(
        "streamactors", AkkaDefaults.Complete("akka.actor.provider = remote\nakka.loglevel = OFF\nakka.stdout-loglevel = OFF\n" + AkkaDefaults.Text.Replace("provider = cluster", "provider = remote")));

    public sealed record Unlisted(string Text);

    public sealed record Local : ILocalMessage;

    private sealed class Receiver(TaskCompletionSource<object> got) : UntypedActor
    {
        protected override void OnReceive(object message) => got.TrySetResult(message);
    }
}
