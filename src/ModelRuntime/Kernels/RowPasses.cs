using ModelTensors;

namespace ModelRuntime.Kernels;

/// <summary>Kernels over runs of rows: where memory is checked and pinned, so that the callers are safe code.</summary>
internal static unsafe class RowPasses
{
    public static void Normalize(Rows input, ReadOnlySpan<float> weight, Rows output, double epsilon, int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            NormalizeParts(input.Row(row), weight, output.Row(row), epsilon);
        }
    }

    /// <summary>Normalizes every head of a row by itself, in place.</summary>
    public static void NormalizeHeads(Rows rows, ReadOnlySpan<float> weight, double epsilon, int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            NormalizeParts(rows.Row(row), weight, rows.Row(row), epsilon);
        }
    }

    /// <summary>Sets or adds the gradient of a norm's input; the parts of a row are as long as the weight.</summary>
    public static void NormalizeBackward(Rows input, ReadOnlySpan<float> weight, Rows outputGradient, Rows inputGradient, double epsilon, bool adds, int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            Span<float> gradients = inputGradient.Row(row);
            fixed (float* x = input.Row(row))
            fixed (float* w = weight)
            fixed (float* dy = outputGradient.Row(row))
            fixed (float* dx = gradients)
            {
                for (int part = 0; part < gradients.Length; part += weight.Length)
                {
                    RmsNormKernel.Backward(x + part, w, dy + part, dx + part, weight.Length, epsilon, adds);
                }
            }
        }
    }

    /// <summary>Adds all rows' parts of the gradient of a norm's weights, one row after the other.</summary>
    public static void AddNormWeightGradient(Rows input, Rows outputGradient, Span<float> weightGradient, double epsilon)
    {
        for (int row = 0; row < input.Count; row++)
        {
            fixed (float* x = input.Row(row))
            fixed (float* dy = outputGradient.Row(row))
            fixed (float* dw = weightGradient)
            {
                for (int part = 0; part < input.Columns; part += weightGradient.Length)
                {
                    RmsNormKernel.AddWeightGradient(x + part, dy + part, dw, weightGradient.Length, epsilon);
                }
            }
        }
    }

    /// <summary>Rotates all heads of rows, in place.</summary>
    /// <param name="rows">The rows, of whole heads.</param>
    /// <param name="positions">The position of each row.</param>
    /// <param name="cosines">The cosines of all positions, half a head each.</param>
    /// <param name="sines">The sines.</param>
    /// <param name="half">Half the width of a head.</param>
    /// <param name="isInverse">Whether to rotate back.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">The row behind the last.</param>
    public static void Rotate(Rows rows, ReadOnlySpan<int> positions, ReadOnlySpan<float> cosines, ReadOnlySpan<float> sines, int half, bool isInverse, int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            fixed (float* head = rows.Row(row))
            fixed (float* cosine = cosines.Slice(positions[row] * half, half))
            fixed (float* sine = sines.Slice(positions[row] * half, half))
            {
                for (int part = 0; part < rows.Columns; part += 2 * half)
                {
                    RotaryKernel.Rotate(head + part, cosine, sine, half, isInverse);
                }
            }
        }
    }

    public static void Gate(Rows gate, Rows up, Rows result, int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            fixed (float* g = gate.Row(row))
            fixed (float* u = up.Row(row))
            fixed (float* h = result.Row(row))
            {
                GateKernel.Forward(g, u, h, gate.Columns);
            }
        }
    }

    /// <summary>Puts the gradients of gate and up in their places.</summary>
    public static void GateBackward(Rows gate, Rows up, Rows gradient, int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            fixed (float* g = gate.Row(row))
            fixed (float* u = up.Row(row))
            fixed (float* dh = gradient.Row(row))
            {
                GateKernel.Backward(g, u, dh, gate.Columns);
            }
        }
    }

    /// <summary>Adds one vector to rows.</summary>
    public static void AddVector(ReadOnlySpan<float> vector, Rows rows, int first, int end)
    {
        fixed (float* from = vector)
        {
            for (int row = first; row < end; row++)
            {
                fixed (float* to = rows.Row(row))
                {
                    RowKernel.Add(from, to, rows.Columns);
                }
            }
        }
    }

    /// <summary>Adds one vector to another.</summary>
    public static void Add(ReadOnlySpan<float> vector, Span<float> sum)
    {
        fixed (float* from = vector)
        fixed (float* to = sum)
        {
            RowKernel.Add(from, to, sum.Length);
        }
    }

    /// <summary>Adds the weighted sum of some rows to a vector: the sum is in double and rounded once.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="first">The first of those that are added.</param>
    /// <param name="step">How many rows further the next one is.</param>
    /// <param name="weights">The weight of each row that is added.</param>
    /// <param name="sum">The vector, as long as a row.</param>
    public static void AddWeighted(Rows rows, int first, int step, ReadOnlySpan<double> weights, Span<float> sum)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sum.Length, rows.Columns);

        // All rows have to be there, and lie in one piece of memory.
        _ = rows.Row(checked(first + ((weights.Length - 1) * step)));
        fixed (float* from = rows.Row(first))
        fixed (double* scales = weights)
        fixed (float* to = sum)
        {
            RowKernel.AddWeighted(from, (long)step * rows.Columns, scales, weights.Length, to, sum.Length);
        }
    }

    /// <summary>Computes silu of rows, in place.</summary>
    public static void Silu(Rows rows, int first, int end)
    {
        for (int row = first; row < end; row++)
        {
            fixed (float* x = rows.Row(row))
            {
                GateKernel.Silu(x, rows.Columns);
            }
        }
    }

    /// <summary>Adds the sum of all rows to a vector; the sum is in double.</summary>
    public static void AddColumnSums(Rows rows, Span<float> sums)
    {
        double[] totals = new double[rows.Columns];
        for (int row = 0; row < rows.Count; row++)
        {
            Span<float> values = rows.Row(row);
            for (int i = 0; i < values.Length; i++)
            {
                totals[i] += values[i];
            }
        }

        for (int i = 0; i < totals.Length; i++)
        {
            sums[i] += (float)totals[i];
        }
    }

    /// <summary>Takes the softmax of one row of scores over the columns in [from, to); others become zero.</summary>
    public static void Softmax(Span<float> row, int from, int to)
    {
        fixed (float* scores = row)
        {
            SoftmaxKernel.Forward(scores, from, to, row.Length);
        }
    }

    /// <summary>Turns the gradient of a row of probabilities into that of its scores.</summary>
    public static void SoftmaxBackward(ReadOnlySpan<float> probabilities, Span<float> gradient)
    {
        fixed (float* p = probabilities)
        fixed (float* dp = gradient)
        {
            SoftmaxKernel.Backward(p, dp, gradient.Length);
        }
    }

    /// <summary>Returns the logarithm of the sum of e^logit of a row.</summary>
    public static double LogSum(ReadOnlySpan<float> logits)
    {
        fixed (float* row = logits)
        {
            return CrossEntropyKernel.LogSum(row, logits.Length);
        }
    }

    /// <summary>Turns a row of logits into the scaled gradient of its cross entropy, which is returned.</summary>
    public static double CrossEntropy(Span<float> logits, int label, double scale)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)label, (uint)logits.Length);
        fixed (float* row = logits)
        {
            return CrossEntropyKernel.Backward(row, logits.Length, label, scale);
        }
    }

    /// <summary>Drops elements of rows; a row's elements begin at a multiple of 128 in the mask.</summary>
    public static void Drop(Rows from, Rows to, double probability, PhiloxKey key, bool adds, int first, int end)
    {
        long stride = (from.Columns + Philox.ElementsPerBlock - 1) / Philox.ElementsPerBlock * Philox.ElementsPerBlock;
        for (int row = first; row < end; row++)
        {
            DropoutKernel.Apply(from.Row(row), to.Row(row), row * stride, probability, key, adds);
        }
    }

    private static void NormalizeParts(ReadOnlySpan<float> input, ReadOnlySpan<float> weight, Span<float> output, double epsilon)
    {
        fixed (float* x = input)
        fixed (float* w = weight)
        fixed (float* y = output)
        {
            for (int part = 0; part < output.Length; part += weight.Length)
            {
                RmsNormKernel.Forward(x + part, w, y + part, weight.Length, epsilon);
            }
        }
    }
}
