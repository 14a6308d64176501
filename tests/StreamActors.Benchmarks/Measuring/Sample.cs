namespace StreamActors.Benchmarks.Measuring;

/// <summary>Several measurements of one thing: the median is the figure, the range says how far to trust it.</summary>
internal sealed class Sample
{
    private readonly List<double> values = [];

    public void Add(double value) => values.Add(value);

    public double Median
    {
        get
        {
            var sorted = values.Order().ToArray();
            var middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    public double Quantile(double share) => values.Order().ElementAt((int)Math.Min(values.Count - 1, share * values.Count));

    public double Min => values.Min();

    public double Max => values.Max();

    public string Text(string format) => FormattableString.Invariant($"{Median.ToString(format, null)} ({Min.ToString(format, null)} - {Max.ToString(format, null)})");

    /// <summary>The median, and between what half of the values lie.</summary>
    public string Middle(string format) =>
        FormattableString.Invariant($"{Median.ToString(format, null)} ({Quantile(0.25).ToString(format, null)} - {Quantile(0.75).ToString(format, null)})");
}
