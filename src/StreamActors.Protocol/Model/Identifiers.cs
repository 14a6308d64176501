namespace StreamActors.Protocol;

/// <summary>A position in a partition's log; the first record has offset 0.</summary>
public readonly record struct Offset(long Value) : IComparable<Offset>
{
    public static readonly Offset Zero = new(0);

    public int CompareTo(Offset other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();

    public static Offset operator +(Offset offset, long count) => new(offset.Value + count);

    public static long operator -(Offset left, Offset right) => left.Value - right.Value;

    public static bool operator <(Offset left, Offset right) => left.Value < right.Value;

    public static bool operator >(Offset left, Offset right) => left.Value > right.Value;

    public static bool operator <=(Offset left, Offset right) => left.Value <= right.Value;

    public static bool operator >=(Offset left, Offset right) => left.Value >= right.Value;

    public static Offset Min(Offset left, Offset right) => left <= right ? left : right;

    public static Offset Max(Offset left, Offset right) => left >= right ? left : right;
}

/// <summary>Counts the leaders that a partition has had; -1 where none is known. The fence of every write.</summary>
public readonly record struct LeaderEpoch(int Value) : IComparable<LeaderEpoch>
{
    public static readonly LeaderEpoch None = new(-1);

    public int CompareTo(LeaderEpoch other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}

/// <summary>Names an idempotent or transactional producer; -1 for a producer without one.</summary>
public readonly record struct ProducerId(long Value)
{
    public static readonly ProducerId None = new(-1);

    public bool IsNone => Value < 0;

    public override string ToString() => Value.ToString();
}

/// <summary>A broker's number, as <c>node.id</c> gives it; -1 for nobody.</summary>
public readonly record struct BrokerId(int Value)
{
    public static readonly BrokerId None = new(-1);

    public override string ToString() => Value.ToString();
}

/// <summary>A point in time, in milliseconds since 1970-01-01 UTC; -1 where a record has none.</summary>
public readonly record struct TimestampMs(long Value) : IComparable<TimestampMs>
{
    public static readonly TimestampMs None = new(-1);

    public int CompareTo(TimestampMs other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();

    public static TimestampMs Of(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());
}
