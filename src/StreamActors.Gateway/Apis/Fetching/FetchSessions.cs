using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis.Fetching;

/// <summary>How a request stands to sessions.</summary>
/// <param name="Error">Why it is refused as a whole.</param>
/// <param name="Session">The session; null for a fetch without one.</param>
/// <param name="IsIncremental">Only news is told.</param>
/// <param name="Partitions">What to read, in order.</param>
internal readonly record struct FetchPlan(ErrorCode Error, FetchSession? Session, bool IsIncremental, IReadOnlyList<FetchedPartition> Partitions)
{
    public int SessionId => Session?.Id ?? 0;
}

/// <summary>
/// The node's fetch sessions: a bounded cache. Where it is full, a session that was not used for a while gives way; if there is none, the client goes
/// on with full fetches.
/// </summary>
internal sealed class FetchSessions(FetchSettings settings, TimeProvider time, Func<int> nextId)
{
    private const int FinalEpoch = -1;
    private const int InitialEpoch = 0;

    private readonly Lock mutex = new();
    private readonly Dictionary<int, FetchSession> sessions = [];

    public int Count
    {
        get { lock (mutex) return sessions.Count; }
    }

    public FetchPlan Plan(FetchRequest request, short version)
    {
        lock (mutex)
        {
            if (request.SessionEpoch is FinalEpoch or InitialEpoch)
            {
                if (request.SessionId != 0) sessions.Remove(request.SessionId);
                return Full(request, version, wantsSession: request.SessionEpoch == InitialEpoch && version >= 7);
            }

            if (!sessions.TryGetValue(request.SessionId, out var session)) return Refused(ErrorCode.FetchSessionIdNotFound);
            if (session.Epoch != request.SessionEpoch) return Refused(ErrorCode.InvalidFetchSessionEpoch);
            if (session.UsesTopicIds != (version >= 13)) return Refused(ErrorCode.FetchSessionTopicIdError);
            session.Update(request);
            session.Advance();
            session.LastUsed = time.GetTimestamp();
            if (session.Count > 0) return new FetchPlan(ErrorCode.None, session, IsIncremental: true, session.Partitions);
            sessions.Remove(session.Id);
            return new FetchPlan(ErrorCode.None, null, IsIncremental: false, []);
        }
    }

    private FetchPlan Full(FetchRequest request, short version, bool wantsSession)
    {
        var session = new FetchSession(wantsSession ? NewId() : 0, usesTopicIds: version >= 13) { LastUsed = time.GetTimestamp() };
        session.Update(request);
        var kept = wantsSession && session.Count > 0 && MakeRoom();
        if (kept) sessions.Add(session.Id, session);
        return new FetchPlan(ErrorCode.None, kept ? session : null, IsIncremental: false, session.Partitions);
    }

    private bool MakeRoom()
    {
        if (sessions.Count < settings.SessionSlots) return true;
        FetchSession? oldest = null;
        foreach (var session in sessions.Values)
        {
            if (oldest is null || session.LastUsed < oldest.LastUsed) oldest = session;
        }

        if (oldest is null || time.GetElapsedTime(oldest.LastUsed) < settings.SessionMinEviction) return false;
        return sessions.Remove(oldest.Id);
    }

    private int NewId()
    {
        int id;
        do id = nextId() & int.MaxValue;
        while (id == 0 || sessions.ContainsKey(id));
        return id;
    }

    private static FetchPlan Refused(ErrorCode error) => new(error, null, IsIncremental: false, []);
}
