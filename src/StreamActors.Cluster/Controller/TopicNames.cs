namespace StreamActors.Cluster.Controller;

/// <summary>Which names a topic may have: Kafka's rules, and its wording of what is wrong.</summary>
public static class TopicNames
{
    public const int MaxLength = 249;

    public const string GroupOffsets = "__consumer_offsets";
    public const string TransactionState = "__transaction_state";
    public const string ShareGroupState = "__share_group_state";
    public const string ClusterMetadata = Storage.LogDirectories.MetadataTopic;

    public static bool IsInternal(string name) => name is GroupOffsets or TransactionState or ShareGroupState;

    /// <summary>What is wrong with a name, or null for a good one.</summary>
    public static string? Fault(string name)
    {
        if (name.Length == 0) return "Topic name is invalid: the empty string is not allowed";
        if (name is "." or "..") return $"Topic name is invalid: '{name}' is not allowed";
        if (name.Length > MaxLength) return $"Topic name is invalid: the length of '{name}' is longer than the max allowed length {MaxLength}";
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-'))
            {
                return $"Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
            }
        }

        return name == ClusterMetadata ? $"Topic name is invalid: '{name}' is kept for the cluster's own metadata" : null;
    }

    /// <summary>Names that differ in '.' and '_' only would have the same metrics.</summary>
    public static string CollisionKey(string name) => name.Replace('.', '_');
}
