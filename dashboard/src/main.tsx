import { render } from 'preact';
import { Root } from './root';
import { applyTheme, chosenTheme } from './state/theme';
import './ui/style.css';

applyTheme(chosenTheme());
render(<Root />, document.getElementById('app')!);
