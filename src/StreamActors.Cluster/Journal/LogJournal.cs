using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;
using StreamActors.Cluster.Controller;

namespace StreamActors.Cluster.Journal;

/// <summary>
/// The Akka.Persistence journal on our own log: each write is synced before it is answered. It holds the controller's events
/// and nobody else's. The writes block; the plugin has a dispatcher with threads of its own.
/// </summary>
public sealed class LogJournal : AsyncWriteJournal
{
    private readonly MetadataLog log = new(JournalSetup.Of(Context.System));

    protected override void PostStop()
    {
        log.Close();
        base.PostStop();
    }

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        CheckId(persistenceId);
        var left = max;
        foreach (var (sequence, stored) in log.Read(fromSequenceNr, toSequenceNr))
        {
            if (left-- <= 0) break;
            recoveryCallback(new Persistent(stored, sequence, persistenceId, manifest: "", isDeleted: false, sender: ActorRefs.NoSender, writerGuid: Writer));
        }

        return Task.CompletedTask;
    }

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken)
    {
        CheckId(persistenceId);
        return Task.FromResult(log.HighestSequence);
    }

    protected override Task<IImmutableList<Exception>?> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        try
        {
            var events = new List<(long, MetadataEvent)>();
            foreach (var write in messages)
            {
                CheckId(write.PersistenceId);
                foreach (var message in (IImmutableList<IPersistentRepresentation>)write.Payload) events.Add((message.SequenceNr, (MetadataEvent)message.Payload));
            }

            log.Append(events);
            return Task.FromResult<IImmutableList<Exception>?>(null);
        }
        catch (Exception failure) when (failure is IOException or SequenceTakenException or InvalidCastException or ArgumentException)
        {
            return Task.FromException<IImmutableList<Exception>?>(failure);
        }
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken)
    {
        CheckId(persistenceId);
        log.DeleteUpTo(toSequenceNr);
        return Task.CompletedTask;
    }

    // One writer, fenced by the sequence number; the guid is for journals that replay what several wrote.
    private const string Writer = "";

    private static void CheckId(string persistenceId)
    {
        if (persistenceId != ControllerActor.Id) throw new ArgumentException($"This journal is the controller's; '{persistenceId}' needs another one.", nameof(persistenceId));
    }
}
