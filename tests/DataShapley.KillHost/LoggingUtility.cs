using System.Globalization;
using System.Text;
using DataShapley.Games;

namespace DataShapley.KillHost;

/// <summary>Writes the bits of each coalition that it evaluates to a file, past any buffer of the process, and a line to the standard output.</summary>
internal sealed class LoggingUtility(int playerCount, string path) : IUtility, IDisposable
{
    private readonly FileStream _log = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    private readonly Lock _gate = new();

    public string Id => "logging";

    public int PlayerCount => playerCount;

    public ValueTask<IReadOnlyList<double>> EvaluateAsync(IReadOnlyList<UtilityRequest> requests, CancellationToken cancellationToken = default)
    {
        ulong bits = requests[0].Coalition.Words[0];
        lock (_gate)
        {
            _log.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{bits}\n")));
            _log.Flush();
            Console.WriteLine("evaluated");
        }

        // Values that need every bit, and the seed that follows from the coalition.
        return new ValueTask<IReadOnlyList<double>>([Math.Sin(bits) + new RandomStreams(requests[0].Seed, "noise").At(0).NextGaussian()]);
    }

    public void Dispose() => _log.Dispose();
}
