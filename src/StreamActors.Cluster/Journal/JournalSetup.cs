using Akka.Actor;
using Akka.Actor.Setup;
using StreamActors.Storage;

namespace StreamActors.Cluster.Journal;

/// <summary>Gives the journal and snapshot plugins of an actor system the node's data folder and clock. Part of the system's setup.</summary>
public sealed class JournalSetup(LogDirectory directory, TimeProvider clock) : Setup
{
    public LogDirectory Directory => directory;

    public TimeProvider Clock => clock;

    internal static JournalSetup Of(ActorSystem system)
    {
        var setup = system.Settings.Setup.Get<JournalSetup>();
        return setup.HasValue ? setup.Value : throw new InvalidOperationException("The journal on our own log needs a JournalSetup in the actor system's setup.");
    }
}
