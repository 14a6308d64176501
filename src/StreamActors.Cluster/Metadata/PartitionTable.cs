using System.Collections.Immutable;

namespace StreamActors.Cluster.Metadata;

/// <summary>
/// The partitions of a topic, by index. Two levels, so that a change to one of 100,000 copies its chunk and the list of
/// chunks, not all of them.
/// </summary>
public sealed class PartitionTable
{
    private const int ChunkBits = 8;
    private const int ChunkSize = 1 << ChunkBits;

    public static readonly PartitionTable Empty = new([], 0);

    private readonly ImmutableArray<ImmutableArray<PartitionImage>> chunks;

    private PartitionTable(ImmutableArray<ImmutableArray<PartitionImage>> chunks, int count)
    {
        this.chunks = chunks;
        Count = count;
    }

    public int Count { get; }

    public PartitionImage this[int index] => chunks[index >> ChunkBits][index & (ChunkSize - 1)];

    /// <summary>A copy that may be changed; it shares what is not.</summary>
    public Builder ToBuilder() => new(this);

    /// <summary>Collects changes to a table; partitions are added in the order of their indexes.</summary>
    public sealed class Builder(PartitionTable table)
    {
        private readonly List<ImmutableArray<PartitionImage>> shared = [.. table.chunks];
        private readonly Dictionary<int, List<PartitionImage>> changed = [];

        public int Count { get; private set; } = table.Count;

        public PartitionImage this[int index]
        {
            get => changed.TryGetValue(index >> ChunkBits, out var chunk)
                ? chunk[index & (ChunkSize - 1)]
                : shared[index >> ChunkBits][index & (ChunkSize - 1)];
            set => Chunk(index >> ChunkBits)[index & (ChunkSize - 1)] = value;
        }

        public void Add(PartitionImage partition)
        {
            Chunk(Count >> ChunkBits).Add(partition);
            Count++;
        }

        public PartitionTable Build()
        {
            foreach (var (index, chunk) in changed) shared[index] = [.. chunk];
            changed.Clear();
            return new PartitionTable([.. shared], Count);
        }

        private List<PartitionImage> Chunk(int index)
        {
            if (changed.TryGetValue(index, out var chunk)) return chunk;
            if (index == shared.Count) shared.Add([]);
            chunk = [.. shared[index]];
            changed.Add(index, chunk);
            return chunk;
        }
    }
}

/// <summary>A topic: its identity, its name and its partitions.</summary>
public sealed record TopicImage(Protocol.TopicId Id, string Name, PartitionTable Partitions);
