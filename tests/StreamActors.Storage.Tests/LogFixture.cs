using StreamActors.Protocol;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Tests;

/// <summary>A data folder with one log, that can be closed, left as after a crash, and opened again.</summary>
public sealed class LogFixture : IDisposable
{
    public static readonly TopicPartition Partition = new("topic", 0);
    public static readonly TopicId Topic = new(new Guid(1, 2, 3, new byte[8]));
    private readonly TempFolder folder = new();

    public LogFixture(LogConfig? config = null, IDisk? disk = null)
    {
        Config = config ?? LogConfig.Default;
        Disk = disk ?? PhysicalDisk.Instance;
        Directory = Open();
        Log = OpenLog();
    }

    public LogConfig Config { get; set; }

    public IDisk Disk { get; }

    public LogDirectory Directory { get; private set; }

    public PartitionLog Log { get; private set; }

    public string LogFolder => folder.In(Partition.ToString());

    public TimestampMs Now { get; set; } = new(1000);

    public AppendOutcome Append(byte[] batch, int epoch = 0, int transactionVersion = 0)
    {
        var item = new AppendItem(batch) { TransactionVersion = transactionVersion };
        Log.Append([item], new LeaderEpoch(epoch), Now);
        return item.Outcome;
    }

    public void Commit() => Log.AdvanceHighWatermark(Log.View.LogEndOffset);

    /// <summary>Closes in order and opens again.</summary>
    public void Restart()
    {
        Log.Close(clean: true);
        Directory.Close(clean: true);
        Directory = Open();
        Log = OpenLog();
    }

    /// <summary>Closes the log alone, as a replica does that sleeps, and opens it again.</summary>
    public void Reopen()
    {
        Log.Close(clean: true);
        Log = OpenLog();
    }

    /// <summary>Lets go of everything as it is, as if the process had been killed; tampers with the files, and opens again.</summary>
    public void Crash(Action<string>? tamper = null)
    {
        Directory.WriteCheckpoints();
        Log.Close(clean: false);
        Directory.Close(clean: false);
        tamper?.Invoke(LogFolder);
        Directory = Open();
        Log = OpenLog();
    }

    public void Dispose()
    {
        Log.Close(clean: false);
        Directory.Close(clean: false);
        folder.Dispose();
    }

    private LogDirectory Open() => LogDirectory.Open(Disk, folder.Path, new BrokerId(1), new Guid(9, 9, 9, new byte[8]));

    private PartitionLog OpenLog() => Directory.OpenLog(Partition, Topic, Config, Now);
}
