namespace ModelTensors.Kernels;

/// <summary>What turns a row's values into probabilities: e^(value − largest) / sum.</summary>
internal readonly record struct SoftmaxScale(double Largest, double Sum);
