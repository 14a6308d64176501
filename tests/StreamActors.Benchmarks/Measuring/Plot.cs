using System.Globalization;
using System.Text;

namespace StreamActors.Benchmarks.Measuring;

/// <summary>Lines over a logarithmic axis, as an SVG file.</summary>
internal sealed class Plot(string title, string across, string up)
{
    private const int Width = 760;
    private const int Height = 420;
    private const int Left = 60;
    private const int Right = 130;
    private const int Top = 40;
    private const int Bottom = 50;
    private const int LineHeight = 14;
    private static readonly string[] Colors = ["#1f5fa8", "#1f5fa8", "#2f8f4e", "#b3541e", "#b3541e"];

    private readonly List<(string Name, (double X, double Y)[] Points, bool IsDashed)> lines = [];

    public void Add(string name, IEnumerable<(double X, double Y)> points, bool isDashed = false) => lines.Add((name, [.. points], isDashed));

    public void Save(string path)
    {
        if (lines.TrueForAll(line => line.Points.Length < 2)) return;
        var (least, most) = (lines.Min(line => line.Points[0].X), lines.Max(line => line.Points[^1].X));
        var highest = Math.Ceiling(lines.Max(line => line.Points.Max(point => point.Y)) / 50) * 50;
        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"22\" font-size=\"14\">{title}</text>");
        for (var step = 0; step <= 5; step++)
        {
            var value = highest * step / 5;
            svg.AppendLine(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Y(value):0.0}H{Width - Right}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(value) + 4:0.0}\" text-anchor=\"end\">{value:0}</text>");
        }

        foreach (var (x, _) in lines[0].Points.Where((_, at) => at % Math.Max(1, lines[0].Points.Length / 8) == 0))
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{X(x):0.0}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{x:0}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">{across}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{up}</text>");
        for (var at = 0; at < lines.Count; at++)
        {
            var (_, points, isDashed) = lines[at];
            var way = string.Join('L', points.Select(point => FormattableString.Invariant($"{X(point.X):0.0} {Y(point.Y):0.0}")));
            svg.AppendLine(CultureInfo.InvariantCulture, $"<path d=\"M{way}\" fill=\"none\" stroke=\"{Colors[at % Colors.Length]}\" stroke-width=\"2\"{(isDashed ? " stroke-dasharray=\"5 4\"" : "")}/>");
        }

        // Names stand where their lines end, but not over each other.
        var above = 0.0;
        foreach (var at in Enumerable.Range(0, lines.Count).OrderBy(at => Y(lines[at].Points[^1].Y)))
        {
            above = Math.Max(Y(lines[at].Points[^1].Y) + 4, above + LineHeight);
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right + 8}\" y=\"{above:0.0}\" fill=\"{Colors[at % Colors.Length]}\">{lines[at].Name}</text>");
        }

        svg.AppendLine("</svg>");
        File.WriteAllText(path, svg.ToString());

        double X(double value) => Left + ((Width - Left - Right) * (Math.Log(value) - Math.Log(least)) / (Math.Log(most) - Math.Log(least)));
        double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * value / highest);
    }
}
