using System.Collections.Immutable;

namespace StreamActors.Broker.Coordinators;

/// <summary>Names a call that a coordinator has not answered yet; the actor around it knows who waits.</summary>
public readonly record struct CallId(long Value);

/// <summary>What a decision wants to happen outside, once its records are committed.</summary>
public abstract record Effect;

/// <summary>The answer to a call.</summary>
/// <param name="AtOnce">
/// It does not tell of anything durable, so it need not wait for records that are on their way. Otherwise an answer waits for
/// all records that the decision may have seen.
/// </param>
public sealed record Reply(CallId Call, object Response, bool AtOnce = false) : Effect;

/// <summary>What a coordinator's core wants: first these records in the log, then these effects.</summary>
public readonly record struct Decision<TRecord>(ImmutableArray<TRecord> Records, ImmutableArray<Effect> Effects)
{
    public static readonly Decision<TRecord> Nothing = new([], []);
}

/// <summary>Gathers a decision.</summary>
public sealed class DecisionBuilder<TRecord>
{
    private readonly ImmutableArray<TRecord>.Builder records = ImmutableArray.CreateBuilder<TRecord>();
    private readonly ImmutableArray<Effect>.Builder effects = ImmutableArray.CreateBuilder<Effect>();

    /// <summary>The records so far.</summary>
    public int Count => records.Count;

    public void Add(TRecord record) => records.Add(record);

    /// <summary>The records from the one with this number on.</summary>
    public ImmutableArray<TRecord> Since(int first) => [.. records.Skip(first)];

    public void Reply(CallId call, object response, bool atOnce = false) => effects.Add(new Reply(call, response, atOnce));

    public Decision<TRecord> Build() => new(records.DrainToImmutable(), effects.DrainToImmutable());
}
