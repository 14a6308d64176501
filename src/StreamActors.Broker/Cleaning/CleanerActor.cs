using Akka.Actor;
using Akka.Event;
using StreamActors.Cluster.Serialization;
using StreamActors.Storage.Compaction;

namespace StreamActors.Broker.Cleaning;

/// <summary>
/// Compacts one log after the other, as its manager says, in small steps: between two of them it waits as long as its share of the disk demands.
/// The replica begins the pass, puts each group into its log, and notes the end; all else happens here.
/// </summary>
internal sealed class CleanerActor : UntypedActor, IWithTimers
{
    private const int LargestStep = 1 << 20;
    private const int SmallestStep = 64 << 10;

    private readonly ILoggingAdapter logger = Context.GetLogger();
    private CleanLog? job;
    private CleaningPass? pass;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case CleanLog next:
                job = next;
                next.Replica.Actor.Tell(new BeginCleaning(next.Settings.Limits, Self));
                break;
            case CleaningBegun begun when job is null: begun.Pass.Dispose(); break;
            case CleaningBegun begun:
                pass = begun.Pass;
                Self.Tell(Step.Instance);
                break;
            case Step or GroupSwapped when pass is not null: Advance(pass); break;
            case CleaningEnded when job is not null: Finish(CleaningResult.Done); break;
            case CleaningGone when job is not null: Finish(CleaningResult.Gone); break;
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        if (job is not null) Finish(CleaningResult.Failed, reason.ToString());
        base.PreRestart(reason, message);
    }

    protected override void PostStop() => Release();

    private void Advance(CleaningPass current)
    {
        var rate = job!.Settings.MaxBytesPerSecond;
        var before = current.BytesRead + current.BytesWritten;
        try
        {
            switch (current.Advance((int)Math.Clamp(rate / 10, SmallestStep, LargestStep)))
            {
                case CleaningState.Working: Continue((current.BytesRead + current.BytesWritten - before) / rate); break;
                case CleaningState.SwapsGroup: job.Replica.Actor.Tell(new SwapGroup(current.Group!, Self)); break;
                default:
                    job.Replica.Actor.Tell(new EndCleaning(current, Self));
                    logger.Info(
                        "Compacted {0} up to offset {1}: {2} keys, {3} bytes read, {4} written.",
                        job.Replica.Id, current.EndOffset, current.Keys, current.BytesRead, current.BytesWritten);
                    break;
            }
        }
        catch (CorruptLogException damage)
        {
            Finish(CleaningResult.Uncleanable, damage.Message);
        }
        catch (ObjectDisposedException)
        {
            // The replica has closed its log under the pass.
            Finish(CleaningResult.Gone);
        }
        catch (IOException failure)
        {
            // A log that was deleted or closed under the pass is no failure of the disk.
            Finish(job.Replica.Role == Replicas.ReplicaRole.Offline ? CleaningResult.Gone : CleaningResult.Failed, failure.Message);
        }
    }

    private void Continue(double seconds)
    {
        if (seconds < 0.001) Self.Tell(Step.Instance);
        else Timers.StartSingleTimer(nameof(Step), Step.Instance, TimeSpan.FromSeconds(Math.Min(seconds, 60)));
    }

    private void Finish(CleaningResult result, string? reason = null)
    {
        Release();
        var done = job!;
        job = null;
        Context.Parent.Tell(new LogCleaned(Self, done.Replica, result, reason));
    }

    private void Release()
    {
        try
        {
            pass?.Dispose();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // What it had written is removed when the log is opened again.
        }

        pass = null;
    }

    private sealed class Step : ILocalMessage
    {
        public static readonly Step Instance = new();
    }
}
