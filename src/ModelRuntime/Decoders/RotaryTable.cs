using ModelRuntime.Kernels;

namespace ModelRuntime.Decoders;

/// <summary>Cosines and sines of the angles of positions, computed in double and rounded once.</summary>
internal sealed class RotaryTable
{
    private readonly int _half;
    private readonly double[] _frequencies;
    private float[] _cosines = [];
    private float[] _sines = [];

    public RotaryTable(DecoderConfig config)
    {
        _half = config.HeadSize / 2;
        _frequencies = Frequencies(config);
    }

    /// <summary>Returns the frequencies of a configuration, radians per position.</summary>
    public static double[] Frequencies(DecoderConfig config)
    {
        double[] frequencies = new double[config.HeadSize / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            double frequency = Math.Pow(config.RotaryBase, -2.0 * i / config.HeadSize);
            frequencies[i] = config.RotaryScaling?.Scale(frequency) ?? frequency;
        }

        return frequencies;
    }

    /// <summary>Makes sure of the angles of positions up to a number.</summary>
    public void Reserve(int positions)
    {
        int known = _cosines.Length / _half;
        if (positions <= known)
        {
            return;
        }

        int length = checked(Math.Max(positions, 2 * known) * _half);
        Array.Resize(ref _cosines, length);
        Array.Resize(ref _sines, length);
        for (int i = known * _half; i < length; i++)
        {
            double angle = i / _half * _frequencies[i % _half];
            _cosines[i] = (float)Math.Cos(angle);
            _sines[i] = (float)Math.Sin(angle);
        }
    }

    public void Rotate(Compute compute, Rows rows, int[] positions, bool isInverse) => compute.ForRows(
        rows.Count, rows.Columns, (first, end) => RowPasses.Rotate(rows, positions, _cosines, _sines, _half, isInverse, first, end));
}
