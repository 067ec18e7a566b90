using ModelTensors;
using ModelTensors.Devices;

namespace ModelAggregation.Merging.Methods;

/// <summary>
/// Solves RegMean for one matrix. With the weighted mean M it is <c>M + (Σ wᵢ·(Wᵢ − M)·Gᵢ)·(Σ wᵢ·Gᵢ)⁻¹</c>: so what the models agree on is not solved for, and
/// rounding concerns the differences alone.
/// </summary>
/// <remarks>
/// Held are the factor in double, one model's statistics in float, and three blocks of at most <c>in</c> rows: 24·in² bytes for layers of 256 inputs and more.
/// The weights are read block by block, and the statistics once more for each block.
/// </remarks>
internal sealed class RegMeanSolver : IDisposable
{
    // Blocks of fewer rows would read the statistics more often than the weights.
    private const long SmallestBlock = 256;

    private readonly TensorMerge _merge;
    private readonly double[] _shares;
    private readonly float _alpha;
    private readonly double _ridge;
    private readonly long _rows;
    private readonly long _columns;
    private readonly HostTensor _gram;
    private readonly HostTensor _factor;

    public RegMeanSolver(TensorMerge merge, double[] shares, double alpha, double ridge)
    {
        (_merge, _shares, _alpha, _ridge) = (merge, shares, (float)alpha, ridge);
        (_rows, _columns) = (merge.Tensor.Output.Shape[0], merge.Tensor.Output.Shape[1]);
        _gram = new HostTensor(DataType.F32, new TensorShape(_columns, _columns));
        _factor = new HostTensor(DataType.F64, new TensorShape(_columns, _columns));
    }

    public static long EstimateMemory(TensorShape shape) =>
        (shape[1] * shape[1] * (sizeof(double) + sizeof(float))) + (3 * Block(shape[0], shape[1]) * shape[1] * sizeof(float));

    public void Write(TensorSink output)
    {
        Factor();
        long block = Block(_rows, _columns);
        for (long first = 0; first < _rows; first += block)
        {
            WriteRows(first, Math.Min(block, _rows - first), output);
        }
    }

    public void Dispose()
    {
        _factor.Dispose();
        _gram.Dispose();
    }

    private static long Block(long rows, long columns) => Math.Min(rows, Math.Max(SmallestBlock, columns));

    private void Factor()
    {
        for (int input = 0; input < _shares.Length; input++)
        {
            if (_shares[input] > 0)
            {
                ReadGram(input);
                AddGram(_shares[input]);
            }
        }

        AddRidge();
        if (!_merge.Device.TryFactorCholesky(_factor, out long pivot, _merge.Options.CancellationToken))
        {
            throw Unusable(
                $"The statistics of tensor '{_merge.Tensor.Name}' are not positive definite at input {pivot} of {_columns}: no model's samples tell that input from the others. Collect more samples, or set 'ridge' to a small number such as 0.001, or 'alpha' below 1.",
                model: null);
        }
    }

    private void WriteRows(long first, long rows, TensorSink output)
    {
        TensorDevice device = _merge.Device;
        TensorShape shape = new(rows, _columns);
        using HostTensor mean = new(DataType.F32, shape);
        using HostTensor difference = new(DataType.F32, shape);
        using HostTensor result = new(DataType.F32, shape);
        using TensorSession models = device.Open([.. _merge.Inputs.Select(input => RowRange.Of(input.Source, first, rows))], _merge.Options);
        models.Map(new WeightedSumMap([.. _shares.Select((share, input) => (input, share))]), mean.Sink);
        for (int input = 0; input < _shares.Length; input++)
        {
            _merge.NonFiniteInputs[input] += models.NonFiniteInputs[input];
            if (_shares[input] > 0)
            {
                using TensorSession own = device.Open([models.Inputs[input], mean.Source], _merge.Options);
                own.Map(new WeightedSumMap((0, 1), (1, -1)), difference.Sink);
                ReadGram(input);
                device.MatMul(
                    Matrix.Of(difference), Matrix.Of(_gram), Matrix.Of(result), (float)_shares[input], beta: 1, _merge.Options.CancellationToken);
            }
        }

        device.SolveCholesky(_factor, result, _merge.Options.CancellationToken);
        using TensorSession sum = device.Open([mean.Source, result.Source]);
        sum.Map(new WeightedSumMap((0, 1), (1, 1)), RowRange.Of(output, first, rows));
        _merge.NonFiniteOutputs += sum.NonFiniteOutputs;
    }

    /// <summary>Reads one model's statistics, those off the diagonal scaled.</summary>
    private void ReadGram(int input)
    {
        (string model, TensorSource source) = _merge.Inputs[input].Statistics!;
        using TensorSession session = _merge.Device.Open([source], _merge.Options);
        session.Copy(0, _gram.Sink);
        if (session.NonFiniteInputs[0] > 0)
        {
            throw Unusable(
                $"Tensor '{_merge.Inputs[input].TensorName}' of statistics '{model}' has {session.NonFiniteInputs[0]} NaN or infinite elements: compute the statistics anew.",
                model);
        }

        for (long row = 0; row < _columns; row++)
        {
            Span<float> elements = _gram.AsSpan<float>(row * _columns, checked((int)_columns));
            float diagonal = elements[(int)row];
            foreach (ref float element in elements)
            {
                element *= _alpha;
            }

            elements[(int)row] = diagonal;
        }
    }

    private void AddGram(double share)
    {
        for (long row = 0; row < _columns; row++)
        {
            Span<float> elements = _gram.AsSpan<float>(row * _columns, (int)row + 1);
            Span<double> sums = _factor.AsSpan<double>(row * _columns, (int)row + 1);
            for (int column = 0; column < sums.Length; column++)
            {
                sums[column] += share * elements[column];
            }
        }
    }

    private void AddRidge()
    {
        double trace = 0;
        for (long row = 0; row < _columns; row++)
        {
            trace += _factor.AsSpan<double>((row * _columns) + row, 1)[0];
        }

        for (long row = 0; row < _columns; row++)
        {
            _factor.AsSpan<double>((row * _columns) + row, 1)[0] += _ridge * trace / _columns;
        }
    }

    private MergeDataException Unusable(string message, string? model) =>
        new(MergeDataError.UnusableStatistics, message, tensorName: _merge.Tensor.Name, model: model);
}
