#!/bin/sh
# Everything from scratch: pool, bank, four held-out folds, the final model, head and metrics.
#   sh train.sh [shared folder] [work folder]
# The fold runs and the final run are independent of each other: with more cores, run them side by side.
set -eu
cd "$(dirname "$0")"
SHARED=${1:-../../../shared}
BANK=${2:-../../bank}
PYTHON=${PYTHON:-python3}
SHARDS=${SHARDS:-200}
FOLD_MINUTES=${FOLD_MINUTES:-17}
FINAL_MINUTES=${FINAL_MINUTES:-50}
export OMP_NUM_THREADS=1
mkdir -p "$BANK"

$PYTHON verify_reference.py --reference "$SHARED/reference/speechbrain"
$PYTHON verify_teacher.py --shared "$SHARED"
[ -e "$BANK/synthetic.npz" ] || $PYTHON synthesis.py --bank "$BANK"
$PYTHON make_bank.py --shared "$SHARED" --bank "$BANK" --shards "$SHARDS"
for FOLD in 0 1 2 3; do
    [ -e "$BANK/runs/fold$FOLD/training.json" ] || $PYTHON train.py --shared "$SHARED" --bank "$BANK" \
        --out "$BANK/runs/fold$FOLD" --held-out $FOLD --steps 1000000 --minutes "$FOLD_MINUTES"
    [ -e "$BANK/runs/fold$FOLD/cross_validation.npz" ] || $PYTHON cross_validate.py --shared "$SHARED" --bank "$BANK" \
        --run "$BANK/runs/fold$FOLD"
done
$PYTHON train.py --shared "$SHARED" --bank "$BANK" --out "$BANK/runs/final" --steps 1000000 --minutes "$FINAL_MINUTES" \
    --initial "$BANK/runs/fold0/checkpoint.pt" --seed 2
$PYTHON summarise.py --shared "$SHARED" --runs "$BANK"/runs/fold[0-3] --out "$BANK/metrics.json"
$PYTHON few_shot.py --shared "$SHARED" --bank "$BANK" --runs "$BANK/runs/fold0" "$BANK/runs/fold1" "$BANK/runs/fold2" "$BANK/runs/fold3"
$PYTHON finish.py --shared "$SHARED" --bank "$BANK" --run "$BANK/runs/final" --out "$BANK/export" --metrics "$BANK/metrics.json"
$PYTHON card.py --shared "$SHARED" --bank "$BANK" --out ../MODEL_CARD.md
# Then, with the project built: node install-model.mjs "$BANK/export"
